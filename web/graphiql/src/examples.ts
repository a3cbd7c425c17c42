/** What the page starts with: a tab for everything that an admin does, on the data of `make demo`. */

import type * as Api from "../../../packages/types/src/operations.ts";
import { documentOf } from "./operations";

/** The variables of each operation, as the contract types them: an example that rots does not compile. */
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

/** One example: what it does, in a line, and the call that does it. */
type Written = Call & {
  /** Its name in the tab bar, where it is not the operation's own. */
  name?: string;
  title: string;
  /** The blank of a later example, and where in this one's answer is what belongs there. */
  fills?: { blank: string; at: readonly (string | number)[] };
};

export interface Example {
  /** Unique, and the operation's name in the document: the tab bar shows it. */
  name: string;
  title: string;
  query: string;
  variables: string;
  fills: Written["fills"];
}

export interface ExampleGroup {
  title: string;
  examples: Example[];
}

/** What stands in variables for something that an earlier example answers. */
const blankFilledBy = (name: string) => `(run ${name} first)`;
const STORY_CODE = blankFilledBy("Story2_IssueReferralInvite");
const INVITE_CODE = blankFilledBy("IssueReferralInvite");
const ENTRY_ID = blankFilledBy("EarnPoints");
const NOTIFICATION_ID = blankFilledBy("Notifications");

/** Returns the blank that is still in some variables, if any is. */
export function blankIn(variables: string): string | undefined {
  return /\(run \w+ first\)/.exec(variables)?.[0];
}

/** Returns all examples, with names and idempotency keys that nobody has used yet. */
export function freshExamples(): ExampleGroup[] {
  const id = randomId();
  const key = (what: string) => `graphiql-${what}-${id}`;
  return [
    group("Reading", reading()),
    group("A referral, from issue to credit", story(id, key)),
    group("Points", points(id, key)),
    group("Tiers", tiers(id, key)),
    group("Users and invites", people(id, key)),
    group("Notifications", notifications(key)),
  ];
}

type Key = (what: string) => string;

function reading(): Written[] {
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

function story(id: string, key: Key): Written[] {
  const newcomer = `grace-${id}`;
  return [
    {
      title: "1. Make a newcomer known",
      name: "Story1_UpsertUser",
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
      name: "Story2_IssueReferralInvite",
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
      fills: { blank: STORY_CODE, at: ["issueReferralInvite", "invite", "code"] },
    },
    {
      title: "3. The newcomer came: complete it",
      name: "Story3_CompleteReferral",
      operation: "CompleteReferral",
      variables: {
        input: { code: STORY_CODE, inviteeId: newcomer, idempotencyKey: key("complete") },
      },
    },
    {
      title: "4. See the credit, and the new tier",
      name: "Story4_MemberDashboard",
      operation: "MemberDashboard",
      variables: { userId: "demo-00002", ledgerFirst: 1, invitesFirst: 1 },
    },
  ];
}

function points(id: string, key: Key): Written[] {
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

function tiers(id: string, key: Key): Written[] {
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

function people(id: string, key: Key): Written[] {
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
      title: "Make a guest known, who asks to be forgotten",
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
      title: "All that is held about the guest",
      operation: "ExportUser",
      variables: { userId: `guest-${id}` },
    },
    {
      title: "Forget the guest",
      operation: "EraseUser",
      variables: { input: { userId: `guest-${id}`, idempotencyKey: key("erase") } },
    },
  ];
}

function notifications(key: Key): Written[] {
  return [
    {
      title: "Who was not told, and why",
      operation: "Notifications",
      variables: { status: "SKIPPED", first: 5 },
      fills: { blank: NOTIFICATION_ID, at: ["notifications", "edges", 0, "node", "id"] },
    },
    {
      title: "Try to tell the first one again",
      operation: "ReplayNotification",
      variables: { input: { notificationId: NOTIFICATION_ID, idempotencyKey: key("replay") } },
    },
  ];
}

function group(title: string, written: Written[]): ExampleGroup {
  const examples = written.map(({ operation, name = operation, title, variables, fills }) => ({
    name,
    title,
    query: documentOf(operation, name),
    variables: JSON.stringify(variables, null, 2),
    fills,
  }));
  return { title, examples };
}

function randomId(): string {
  // Not crypto.randomUUID, which only HTTPS and this machine's own pages have.
  const bytes = crypto.getRandomValues(new Uint8Array(4));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
