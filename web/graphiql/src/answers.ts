/** The values of earlier answers that later examples need: an invite's code, an entry's id. */

import type { Example } from "./examples";

export class Answers {
  readonly #known = new Map<string, string>();
  readonly #examples: readonly Example[];

  constructor(examples: readonly Example[]) {
    this.#examples = examples;
  }

  /** Stores the value of an answer that a later example's placeholder needs. */
  learn(operationName: string | undefined, data: unknown): void {
    const fills = this.#examples.find(({ name }) => name === operationName)?.fills;
    const value = fills?.at.reduce<unknown>(step, data);
    if (fills !== undefined && typeof value === "string") {
      this.#known.set(fills.blank, value);
    }
  }

  /** Returns the variables with every placeholder replaced for which there is a value. */
  filled(variables: string): string {
    return Array.from(this.#known).reduce(
      (text, [blank, value]) => text.replaceAll(JSON.stringify(blank), JSON.stringify(value)),
      variables,
    );
  }
}

function step(value: unknown, key: string | number): unknown {
  return isRecord(value) ? value[key] : undefined;
}

/** Whether a value is an object. */
export function isRecord(value: unknown): value is Record<string | number, unknown> {
  return typeof value === "object" && value !== null;
}
