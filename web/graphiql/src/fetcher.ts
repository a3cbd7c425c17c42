/** How GraphiQL asks: as whoever is signed in, and never with a blank left open. */

import type { Fetcher } from "@graphiql/toolkit";
import { type ExecutionResult, GraphQLError } from "graphql";
import type { Answers } from "./answers";
import { blankIn } from "./examples";
import type { Identity } from "./identity";
import { ask, codesOf } from "./service";

export function createFetcher(identity: Identity, answers: () => Answers): Fetcher {
  return async ({ query, variables, operationName }) => {
    const blank = blankIn(JSON.stringify(variables ?? {}));
    if (blank !== undefined) {
      return failure(`Not sent: the variables still say "${blank}". Its answer belongs there.`);
    }
    const answer = await ask({ query, variables, operationName }, await identity.token());
    identity.explain(codesOf(answer));
    answers().learn(operationName ?? undefined, answer.body["data"]);
    return answer.body as ExecutionResult;
  };
}

function failure(message: string): ExecutionResult {
  return { errors: [new GraphQLError(message)] };
}
