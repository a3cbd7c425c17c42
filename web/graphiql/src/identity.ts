/** The user who is signed in. Only this module holds the token, in memory. */

import { isRecord } from "./answers";
import { ask, codesOf, handsOutTokens, requestToken } from "./service";

export interface Person {
  subject: string;
  isAdmin: boolean;
  expiresAt: Date;
}

export interface State {
  /** Null if no user is signed in. */
  person: Person | null;
  /** A sentence about the next step, or null. */
  notice: string | null;
  isBusy: boolean;
}

/** The page replaces a token of the server this long before it expires. */
const RENEWAL_MS = 60_000;
const HOW_TO = handsOutTokens()
  ? "Paste an admin's token above: 'make token' prints one."
  : "Paste an admin's token above: your identity provider issues it.";
export const SIGNED_OUT = `You are signed out. ${HOW_TO}`;
const UNREACHABLE = "The service does not answer. Is it running? Try again.";
const ADMINS_ALONE = "this is for admins. Sign out, and paste an admin's token.";

/** Only admins may run this query: the answer shows whether the caller is one. */
const ROLE_QUERY = "query WhoAmI { members(first: 1) { pageInfo { hasNextPage } } }";

export class Identity {
  #token: string | null = null;
  #isOfServer = false;
  #state: State = { person: null, notice: null, isBusy: true };
  #timer: number | undefined;
  #renewal: Promise<void> | null = null;
  readonly #listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly state = (): State => this.#state;

  /** Signs in with the service's own token, if it issues one. */
  async start(): Promise<void> {
    const token = handsOutTokens() ? await requestToken().catch(() => null) : null;
    if (token === null) {
      this.#set({ person: null, notice: SIGNED_OUT, isBusy: false });
      return;
    }
    await this.signIn(token);
    this.#isOfServer = this.#token === token;
  }

  /** Signs in with a token that the service accepts. */
  async signIn(pasted: string): Promise<void> {
    const token = pasted.trim().replace(/^bearer\s+/i, "");
    const claims = claimsOf(token);
    if (claims === null) {
      this.#signedOut("This is no token: paste the whole of it, three parts with dots between them.");
      return;
    }
    if (claims.expiresAt.getTime() <= Date.now()) {
      this.#signedOut(expired(claims.expiresAt));
      return;
    }
    this.#set({ ...this.#state, notice: null, isBusy: true });
    const answer = await ask({ query: ROLE_QUERY }, token).catch(() => null);
    const refusal = refusalOf(answer);
    if (refusal !== null) {
      this.#signedOut(refusal);
      return;
    }
    const isAdmin = answer !== null && !codesOf(answer).includes("FORBIDDEN");
    this.#token = token;
    this.#isOfServer = false;
    this.#set({
      person: { ...claims, isAdmin },
      notice: isAdmin ? null : notAdmin(claims.subject),
      isBusy: false,
    });
    this.#watchExpiry();
  }

  signOut(): void {
    this.#signedOut(SIGNED_OUT);
  }

  /** Returns the token to send, after renewing a token of the service that is about to expire. */
  async token(): Promise<string | null> {
    if (this.#isOfServer && this.#msLeft() < RENEWAL_MS) {
      this.#renewal ??= this.#renew().finally(() => (this.#renewal = null));
      await this.#renewal;
    }
    if (this.#msLeft() <= 0) this.#expire();
    return this.#token;
  }

  /** Sets the notice for an answer that was refused. */
  explain(codes: readonly string[]): void {
    const { person } = this.#state;
    if (codes.includes("FORBIDDEN") && person !== null) {
      this.#set({ ...this.#state, notice: notAdmin(person.subject) });
    } else if (codes.includes("UNAUTHENTICATED") && person !== null) {
      this.#signedOut(`The service takes this token no longer. ${HOW_TO}`);
    } else if (codes.includes("UNAUTHENTICATED")) {
      this.#signedOut(this.#state.notice ?? SIGNED_OUT);
    } else if (person?.isAdmin === true) {
      this.#set({ ...this.#state, notice: null });
    }
  }

  #msLeft(): number {
    return (this.#state.person?.expiresAt.getTime() ?? Infinity) - Date.now();
  }

  async #renew(): Promise<void> {
    const token = await requestToken().catch(() => null);
    const claims = token === null ? null : claimsOf(token);
    const { person } = this.#state;
    // If the server does not answer, the next request tries again until the token expires.
    if (token === null || claims === null || person === null || !this.#isOfServer) return;
    this.#token = token;
    this.#set({ ...this.#state, person: { ...person, ...claims } });
  }

  #watchExpiry(): void {
    window.clearInterval(this.#timer);
    // Every second, since a timer does not run while the machine sleeps.
    this.#timer = window.setInterval(() => void this.token(), 1_000);
  }

  #expire(): void {
    const { person } = this.#state;
    if (person !== null) this.#signedOut(expired(person.expiresAt));
  }

  #signedOut(notice: string): void {
    window.clearInterval(this.#timer);
    this.#token = null;
    this.#isOfServer = false;
    this.#set({ person: null, notice, isBusy: false });
  }

  #set(state: State): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

function notAdmin(subject: string): string {
  return `'${subject}' is a member, who sees only what is theirs; ${ADMINS_ALONE}`;
}

function expired(at: Date): string {
  return `The token has expired, at ${at.toLocaleTimeString()}. ${HOW_TO}`;
}

function refusalOf(answer: Awaited<ReturnType<typeof ask>> | null): string | null {
  if (answer === null || answer.status >= 500) return UNREACHABLE;
  if (answer.status !== 401) return null;
  const detail = answer.body["detail"];
  return `The service refuses the token. ${typeof detail === "string" ? detail : ""} ${HOW_TO}`;
}

/** Reads a token for display, without verifying it; the service does that. */
function claimsOf(token: string): Omit<Person, "isAdmin"> | null {
  try {
    const part = token.split(".")[1] ?? "";
    const bytes = Uint8Array.from(atob(part.replace(/-/g, "+").replace(/_/g, "/")), (character) =>
      character.charCodeAt(0),
    );
    const claims: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (!isRecord(claims)) return null;
    const { sub, exp } = claims;
    if (typeof sub !== "string" || typeof exp !== "number") return null;
    return { subject: sub, expiresAt: new Date(exp * 1_000) };
  } catch {
    return null;
  }
}
