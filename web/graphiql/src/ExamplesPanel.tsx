import { type GraphiQLPlugin, pick, useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import { createContext, useContext, useEffect } from "react";
import type { Answers } from "./answers";
import type { Example, ExampleGroup } from "./examples";

/** As in style.css. */
const PHONE = "(max-width: 700px)";

interface Session {
  groups: ExampleGroup[];
  answers: Answers;
  /** Closes all tabs, and opens every example again. */
  startOver: () => void;
}

export const SessionContext = createContext<Session | null>(null);

function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === null) throw new Error("there is no session around this component");
  return session;
}

/** The list of examples beside the editor: each opens its tab, or the tab again that was closed. */
export const EXAMPLES_PLUGIN: GraphiQLPlugin = {
  title: "Examples",
  icon: ExamplesIcon,
  content: ExamplesPanel,
};

function ExamplesPanel() {
  const { groups, startOver } = useSession();
  const { tabs, activeTabIndex } = useGraphiQL(pick("tabs", "activeTabIndex"));
  const open = useOpenExample();
  const active = tabs[activeTabIndex]?.title;
  return (
    <section className="examples" aria-label="Examples">
      <h2>Examples</h2>
      <p>
        Each example works with the data of <code>make demo</code>. A mutation that you run twice
        returns its first result, because it keeps its idempotency key.
      </p>
      {groups.map(({ title, examples }) => (
        <div key={title}>
          <h3>{title}</h3>
          <ul>
            {examples.map((example) => (
              <li key={example.name}>
                <button
                  type="button"
                  aria-current={example.name === active ? "true" : undefined}
                  onClick={() => open(example)}
                >
                  {example.title}
                </button>
              </li>
            ))}
          </ul>
        </div>
      ))}
      <button type="button" className="plain" onClick={startOver}>
        Start over, with new keys
      </button>
    </section>
  );
}

function useOpenExample(): (example: Example) => void {
  const { addTab, changeTab, setVisiblePlugin } = useGraphiQLActions();
  const { tabs, queryEditor, variableEditor } = useGraphiQL(
    pick("tabs", "queryEditor", "variableEditor"),
  );
  return (example) => {
    // On a phone the list lies over the editor.
    if (window.matchMedia(PHONE).matches) setVisiblePlugin(null);
    const index = tabs.findIndex(({ title }) => title === example.name);
    if (index >= 0) {
      changeTab(index);
      return;
    }
    addTab();
    queryEditor?.setValue(example.query);
    variableEditor?.setValue(example.variables);
  };
}

/** Fills values of earlier answers into the variables of each tab that is opened. */
export function BlankFiller() {
  const { answers } = useSession();
  const { tabs, activeTabIndex, variableEditor } = useGraphiQL(
    pick("tabs", "activeTabIndex", "variableEditor"),
  );
  const { id, variables: ofTab } = tabs[activeTabIndex] ?? {};
  useEffect(() => {
    document.getElementById(`graphiql-session-tab-${activeTabIndex}`)?.scrollIntoView({
      inline: "nearest",
      block: "nearest",
    });
    if (variableEditor === undefined) return;
    const variables = variableEditor.getValue();
    // GraphiQL leaves out the variables of the tab that it begins with.
    const filled = answers.filled(variables || (ofTab ?? ""));
    if (filled !== variables) variableEditor.setValue(filled);
    // Only when a tab is opened: this must not change later input.
  }, [id, activeTabIndex, variableEditor, answers]);
  return null;
}

function ExamplesIcon() {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
      <path d="M4 6h3M4 12h3M4 18h3M10 6h10M10 12h10M10 18h10" strokeLinecap="round" />
    </svg>
  );
}
