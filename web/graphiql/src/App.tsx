import { DOC_EXPLORER_PLUGIN } from "@graphiql/plugin-doc-explorer";
import { HISTORY_PLUGIN } from "@graphiql/plugin-history";
import { GraphiQL } from "graphiql";
import { useMemo, useRef, useState } from "react";
import { Answers } from "./answers";
import { BlankFiller, EXAMPLES_PLUGIN, SessionContext } from "./ExamplesPanel";
import { freshExamples } from "./examples";
import { createFetcher } from "./fetcher";
import type { Identity } from "./identity";
import { IdentityBar, useIdentity } from "./IdentityBar";

const PLUGINS = [EXAMPLES_PLUGIN, HISTORY_PLUGIN];
/** Wide enough for the examples beside the editor. */
const WIDE = "(min-width: 1000px)";
/** The keys under which GraphiQL stores its tabs. */
const STORED_TABS = ["graphiql:tabState", "graphiql:query", "graphiql:variables"];

/** One set of examples with their keys, and the values that later examples take from answers. */
function newSession() {
  const groups = freshExamples();
  const examples = groups.flatMap((group) => group.examples);
  return { groups, examples, answers: new Answers(examples) };
}

export function App({ identity }: { identity: Identity }) {
  const [session, setSession] = useState(newSession);
  const [round, setRound] = useState(0);
  const answers = useRef(session.answers);
  answers.current = session.answers;
  const { person } = useIdentity(identity);
  const signedInAs = person?.subject;
  // A new fetcher after each sign-in makes GraphiQL read the schema again.
  const fetcher = useMemo(
    () => createFetcher(identity, () => answers.current),
    [identity, signedInAs],
  );
  const context = {
    ...session,
    startOver() {
      for (const key of STORED_TABS) localStorage.removeItem(key);
      setSession(newSession());
      setRound(round + 1);
    },
  };
  return (
    <SessionContext.Provider value={context}>
      <IdentityBar identity={identity} />
      <GraphiQL
        key={round}
        fetcher={fetcher}
        className={signedInAs === undefined ? "signed-out" : ""}
        // Null means no schema and no introspection, which needs a token.
        {...(signedInAs === undefined && { schema: null })}
        schemaDescription
        defaultTabs={session.examples}
        plugins={PLUGINS}
        referencePlugin={DOC_EXPLORER_PLUGIN}
        {...(window.matchMedia(WIDE).matches && { visiblePlugin: EXAMPLES_PLUGIN })}
        defaultEditorToolsVisibility="variables"
        // The fetcher adds the token. Without an editor for headers, GraphiQL stores none.
        isHeadersEditorEnabled={false}
        shouldPersistHeaders={false}
        showPersistHeadersSettings={false}
      >
        <GraphiQL.Logo>
          <span />
        </GraphiQL.Logo>
        <BlankFiller />
      </GraphiQL>
    </SessionContext.Provider>
  );
}
