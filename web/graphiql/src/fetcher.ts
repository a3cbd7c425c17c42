/** Sends GraphiQL's operations with the user's token, and none with a placeholder left. */

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
 * Returns the name of the operation to run: GraphiQL's, unless it belongs to the previous tab.
 *
 * GraphiQL reads a tab's document shortly after it has opened the tab; the user may run it before.
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
    // The service's error explains the problem in the document better.
    return [];
  }
}

function failure(message: string): ExecutionResult {
  return { errors: [new GraphQLError(message)] };
}
