/** How GraphiQL asks: as whoever is signed in, and never with a blank left open. */

import type { Fetcher } from "@graphiql/toolkit";
import { type ExecutionResult, GraphQLError, Kind, parse } from "graphql";
import type { Answers } from "./answers";
import { blankIn } from "./examples";
import type { Identity } from "./identity";
import { ask, codesOf } from "./service";

export function createFetcher(identity: Identity, answers: () => Answers): Fetcher {
  return async ({ query, variables, operationName: named }) => {
    const operationName = operationIn(query, named);
    const blank = blankIn(JSON.stringify(variables ?? {}));
    if (blank !== undefined) {
      return failure(`Not sent: the variables still say "${blank}". Its answer belongs there.`);
    }
    const answer = await ask({ query, variables, operationName }, await identity.token());
    identity.explain(codesOf(answer));
    answers().learn(operationName, answer.body["data"]);
    return answer.body as ExecutionResult;
  };
}

/**
 * Returns the name of the operation to run: what GraphiQL says, unless that is the tab's before.
 *
 * It reads a tab's document a moment after it has opened the tab, and may be asked to run it by then.
 */
function operationIn(query: string, named: string | null | undefined): string | undefined {
  const names = namesIn(query);
  if (typeof named === "string" && (names.includes(named) || names.length === 0)) return named;
  return names.length === 1 ? names[0] : undefined;
}

function namesIn(query: string): string[] {
  try {
    return parse(query).definitions.flatMap((definition) =>
      definition.kind === Kind.OPERATION_DEFINITION && definition.name ? [definition.name.value] : [],
    );
  } catch {
    // The service says better what is wrong with the document.
    return [];
  }
}

function failure(message: string): ExecutionResult {
  return { errors: [new GraphQLError(message)] };
}
