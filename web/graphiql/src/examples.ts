/** The examples: one tab for each operation of an admin, with the data of `make demo`. */

import type * as Api from "../../../packages/types/src/operations.ts";
import { documentOf } from "./operations";

/** The variables of each operation, as the contract types them: an outdated example does not compile. */
interface Variables {
  Tiers: Api.TiersQueryVariables;
  MemberDashboard: Api.MemberDashboardQueryVariables;
  SearchMembers: Api.SearchMembersQueryVariables;
  Notifications: Api.NotificationsQueryVariables;
  UpsertUser: Api.UpsertUserMutationVariables;
  ExportUser: Api.ExportUserQueryVariables;
  EraseUser: Api.EraseUserMutationVariables;
  IssueReferralInvite: Api.IssueReferralInviteMutationVariables;
  CancelReferralInvite: Api.CancelReferralInviteMutationVariables;
  CompleteReferral: Api.CompleteReferralMutationVariables;
  EarnPoints: Api.EarnPointsMutationVariables;
  RedeemPoints: Api.RedeemPointsMutationVariables;
  AdjustPoints: Api.AdjustPointsMutationVariables;
  ReverseLedgerEntry: Api.ReverseLedgerEntryMutationVariables;
  CreateTier: Api.CreateTierMutationVariables;
  UpdateTier: Api.UpdateTierMutationVariables;
  ArchiveTier: Api.ArchiveTierMutationVariables;
  ReplayNotification: Api.ReplayNotificationMutationVariables;
}

type Call = {
  [Name in keyof Variables]: { operation: Name; variables: Variables[Name] };
}[keyof Variables];

/** One example: a title and a call. */
type ExampleCall = Call & {
  /** Its name in the tab bar, where it is not the operation's own. */
  name?: string;
  title: string;
  /** The placeholder of a later example, and the path of its value in this one's answer. */
  fills?: { blank: string; at: readonly (string | number)[] };
};

export interface Example {
  /** Unique, and the operation's name in the document: the tab bar shows it. */
  name: string;
  title: string;
  query: string;
  variables: string;
  fills: ExampleCall["fills"];
}

export interface ExampleGroup {
  title: string;
  examples: Example[];
}

/** The placeholder in variables for a value of an earlier example's answer. */
const blankFilledBy = (name: string) => `(run ${name} first)`;
const REFERRAL_CODE = blankFilledBy("Referral2_IssueReferralInvite");
const INVITE_CODE = blankFilledBy("IssueReferralInvite");
const ENTRY_ID = blankFilledBy("EarnPoints");
const NOTIFICATION_ID = blankFilledBy("Notifications");

/** Returns the first placeholder that is still in the variables, if there is one. */
export function blankIn(variables: string): string | undefined {
  return /\(run \w+ first\)/.exec(variables)?.[0];
}

/** Returns all examples, with new names and idempotency keys. */
export function freshExamples(): ExampleGroup[] {
  const id = randomId();
  const key = (what: string) => `graphiql-${what}-${id}`;
  return [
    group("Reading", reading()),
    group("A referral, from issue to credit", referral(id, key)),
    group("Points", points(id, key)),
    group("Tiers", tiers(id, key)),
    group("Users and invites", people(id, key)),
    group("Notifications", notifications(key)),
  ];
}

type Key = (what: string) => string;

function reading(): ExampleCall[] {
  return [
    {
      title: "All tiers, the archived ones too",
      operation: "Tiers",
      variables: { includeInactive: true },
    },
    {
      title: "A member: balance, progress, ledger, invites",
      operation: "MemberDashboard",
      variables: { userId: "demo-00001", ledgerFirst: 5, invitesFirst: 5 },
    },
    {
      title: "Find members by name",
      operation: "SearchMembers",
      variables: { search: "Ada", orderBy: "LIFETIME_POINTS", first: 10 },
    },
  ];
}

function referral(id: string, key: Key): ExampleCall[] {
  const newcomer = `grace-${id}`;
  return [
    {
      title: "1. Create a new user",
      name: "Referral1_UpsertUser",
      operation: "UpsertUser",
      variables: {
        input: {
          userId: newcomer,
          displayName: "Grace Hopper",
          email: `${newcomer}@example.com`,
          idempotencyKey: key("newcomer"),
        },
      },
    },
    {
      title: "2. Issue an invite in a member's name",
      name: "Referral2_IssueReferralInvite",
      operation: "IssueReferralInvite",
      variables: {
        input: {
          userId: "demo-00002",
          rewardPoints: 3000,
          inviteeRewardPoints: 100,
          expiresInDays: 14,
          metadata: { campaign: "autumn" },
          idempotencyKey: key("invite"),
        },
      },
      fills: { blank: REFERRAL_CODE, at: ["issueReferralInvite", "invite", "code"] },
    },
    {
      title: "3. The newcomer came: complete it",
      name: "Referral3_CompleteReferral",
      operation: "CompleteReferral",
      variables: {
        input: { code: REFERRAL_CODE, inviteeId: newcomer, idempotencyKey: key("complete") },
      },
    },
    {
      title: "4. See the credit, and the new tier",
      name: "Referral4_MemberDashboard",
      operation: "MemberDashboard",
      variables: { userId: "demo-00002", ledgerFirst: 1, invitesFirst: 1 },
    },
  ];
}

function points(id: string, key: Key): ExampleCall[] {
  const userId = "demo-00004";
  return [
    {
      title: "Give points for an order",
      operation: "EarnPoints",
      variables: {
        input: {
          userId,
          points: 250,
          description: "Order",
          reference: `order-${id}`,
          idempotencyKey: key("earn"),
        },
      },
      fills: { blank: ENTRY_ID, at: ["earnPoints", "entry", "id"] },
    },
    {
      title: "Spend points on a voucher",
      operation: "RedeemPoints",
      variables: {
        input: { userId, points: 100, description: "Voucher", idempotencyKey: key("redeem") },
      },
    },
    {
      title: "Correct a balance by hand",
      operation: "AdjustPoints",
      variables: {
        input: {
          userId,
          points: -25,
          reason: "An order was counted twice",
          reference: `ticket-${id}`,
          idempotencyKey: key("adjust"),
        },
      },
    },
    {
      title: "Take back what EarnPoints gave",
      operation: "ReverseLedgerEntry",
      variables: {
        input: {
          entryId: ENTRY_ID,
          reason: "The order was returned",
          idempotencyKey: key("reverse"),
        },
      },
    },
  ];
}

function tiers(id: string, key: Key): ExampleCall[] {
  const slug = `diamond-${id}`;
  return [
    {
      title: "Add a tier above the others",
      operation: "CreateTier",
      variables: {
        input: {
          slug,
          name: "Diamond",
          pointThreshold: 50_000 + (parseInt(id, 16) % 50_000),
          benefits: [{ kind: "discount_percent", label: "20% off every order", value: 20 }],
          idempotencyKey: key("create-tier"),
        },
      },
    },
    {
      title: "Change what it offers",
      operation: "UpdateTier",
      variables: {
        input: {
          slug,
          name: "Diamond Club",
          benefits: [
            { kind: "discount_percent", label: "25% off every order", value: 25 },
            { kind: "support", label: "A person who knows you", value: "personal" },
          ],
          idempotencyKey: key("update-tier"),
        },
      },
    },
    {
      title: "Archive it again",
      operation: "ArchiveTier",
      variables: { input: { slug, idempotencyKey: key("archive-tier") } },
    },
  ];
}

function people(id: string, key: Key): ExampleCall[] {
  return [
    {
      title: "Change a user's preferences",
      operation: "UpsertUser",
      variables: {
        input: {
          userId: "demo-00003",
          marketingMessages: true,
          idempotencyKey: key("preferences"),
        },
      },
    },
    {
      title: "Invite somebody by e-mail",
      operation: "IssueReferralInvite",
      variables: {
        input: {
          userId: "demo-00003",
          inviteeEmail: `alan-${id}@example.com`,
          idempotencyKey: key("invite-by-mail"),
        },
      },
      fills: { blank: INVITE_CODE, at: ["issueReferralInvite", "invite", "code"] },
    },
    {
      title: "Withdraw that invite",
      operation: "CancelReferralInvite",
      variables: { input: { code: INVITE_CODE, idempotencyKey: key("cancel") } },
    },
    {
      name: "UpsertGuest",
      title: "Create a guest, to erase later",
      operation: "UpsertUser",
      variables: {
        input: {
          userId: `guest-${id}`,
          displayName: "A guest",
          email: `guest-${id}@example.com`,
          idempotencyKey: key("guest"),
        },
      },
    },
    {
      title: "Export all data of the guest",
      operation: "ExportUser",
      variables: { userId: `guest-${id}` },
    },
    {
      title: "Erase the guest",
      operation: "EraseUser",
      variables: { input: { userId: `guest-${id}`, idempotencyKey: key("erase") } },
    },
  ];
}

function notifications(key: Key): ExampleCall[] {
  return [
    {
      title: "Skipped notifications and their reasons",
      operation: "Notifications",
      variables: { status: "SKIPPED", first: 5 },
      fills: { blank: NOTIFICATION_ID, at: ["notifications", "edges", 0, "node", "id"] },
    },
    {
      title: "Send the first one again",
      operation: "ReplayNotification",
      variables: { input: { notificationId: NOTIFICATION_ID, idempotencyKey: key("replay") } },
    },
  ];
}

function group(title: string, calls: ExampleCall[]): ExampleGroup {
  const examples = calls.map(({ operation, name = operation, title, variables, fills }) => ({
    name,
    title,
    query: documentOf(operation, name),
    variables: JSON.stringify(variables, null, 2),
    fills,
  }));
  return { title, examples };
}

function randomId(): string {
  // Not crypto.randomUUID, which exists only with HTTPS or on localhost.
  const bytes = crypto.getRandomValues(new Uint8Array(4));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
