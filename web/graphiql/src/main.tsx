import "@fontsource/fira-code/latin-400.css";
import "@fontsource/fira-code/latin-ext-400.css";
import "@graphiql/react/style.css";
import "@graphiql/plugin-doc-explorer/style.css";
import "@graphiql/plugin-history/style.css";
import "graphiql/graphiql.css";
import "./style.css";
import "./workers";
import { createRoot } from "react-dom/client";
import { App } from "./App";
import { Identity } from "./identity";

// GraphiQL loads the editor only after it is drawn; this starts the download earlier.
void import("monaco-graphql/esm/monaco-editor.js");

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");
const identity = new Identity();
createRoot(root).render(<App identity={identity} />);
void identity.start();
