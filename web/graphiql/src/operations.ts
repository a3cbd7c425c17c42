/** The operations of packages/types, as whole documents: each with every fragment that it needs. */

import {
  type DefinitionNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  parse,
  print,
  visit,
} from "graphql";

const FILES = import.meta.glob<string>("../../../packages/types/operations/*.graphql", {
  query: "?raw",
  import: "default",
  eager: true,
});
const DEFINITIONS = Object.values(FILES).flatMap((text) => parse(text).definitions);

/** Returns an operation and its fragments as text, the operation under the name that it is given. */
export function documentOf(operation: string, name: string): string {
  const definition = DEFINITIONS.find(isOperation(operation));
  if (definition === undefined) {
    throw new Error(`packages/types has no operation ${operation}`);
  }
  const renamed = { ...definition, name: { kind: Kind.NAME, value: name } } as const;
  return [renamed, ...fragmentsOf(definition)].map(print).join("\n\n");
}

function isOperation(name: string) {
  return (definition: DefinitionNode): definition is OperationDefinitionNode =>
    definition.kind === Kind.OPERATION_DEFINITION && definition.name?.value === name;
}

function fragmentsOf(definition: DefinitionNode): Set<FragmentDefinitionNode> {
  const found = new Set<FragmentDefinitionNode>();
  visit(definition, {
    FragmentSpread(spread) {
      const fragment = DEFINITIONS.find(
        (candidate): candidate is FragmentDefinitionNode =>
          candidate.kind === Kind.FRAGMENT_DEFINITION && candidate.name.value === spread.name.value,
      );
      if (fragment === undefined) {
        throw new Error(`packages/types has no fragment ${spread.name.value}`);
      }
      found.add(fragment);
      for (const nested of fragmentsOf(fragment)) found.add(nested);
    },
  });
  return found;
}
