import { type FormEvent, useState, useSyncExternalStore } from "react";
import type { Identity, Person, State } from "./identity";

/** The user who is signed in, or the form to sign in, and a notice. */
export function IdentityBar({ identity }: { identity: Identity }) {
  const { person, notice, isBusy } = useIdentity(identity);
  return (
    <header className="identity graphiql-container">
      <div className="identity-row">
        <a className="identity-home" href="/">
          Loyalty <span>&amp; Referral Platform</span>
        </a>
        {person === null ? (
          <SignIn identity={identity} isBusy={isBusy} />
        ) : (
          <Who person={person} onSignOut={() => identity.signOut()} />
        )}
      </div>
      <p className="identity-notice" role="status">
        {notice}
      </p>
    </header>
  );
}

export function useIdentity(identity: Identity): State {
  return useSyncExternalStore(identity.subscribe, identity.state);
}

function Who({ person, onSignOut }: { person: Person; onSignOut: () => void }) {
  return (
    <div className="identity-who">
      <span>
        <strong>{person.subject}</strong>
        <span className={person.isAdmin ? "role admin" : "role"}>
          {person.isAdmin ? "admin" : "member"}
        </span>
        <span className="until">until {timeOf(person.expiresAt)}</span>
      </span>
      <button type="button" onClick={onSignOut}>
        Sign out
      </button>
    </div>
  );
}

function timeOf(time: Date): string {
  const isToday = time.toDateString() === new Date().toDateString();
  return time.toLocaleString([], {
    timeStyle: "short",
    ...(!isToday && { dateStyle: "medium" }),
  });
}

function SignIn({ identity, isBusy }: { identity: Identity; isBusy: boolean }) {
  const [pasted, setPasted] = useState("");
  function submit(event: FormEvent) {
    event.preventDefault();
    setPasted("");
    void identity.signIn(pasted);
  }
  return (
    <form className="identity-sign-in" onSubmit={submit}>
      {/* Not a password field: a browser would offer to store it. */}
      <input
        className="secret"
        type="text"
        aria-label="Access token"
        placeholder="Access token"
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        value={pasted}
        disabled={isBusy}
        onChange={(event) => setPasted(event.target.value)}
      />
      <button type="submit" disabled={isBusy || pasted.trim() === ""}>
        Sign in
      </button>
    </form>
  );
}
