import { isObject, type Json, type PlacedState, textOf } from '../definition.ts';
import type { Finding } from '../finding.ts';
import { isExpression } from '../jsonata/syntax-tree.ts';
import { argumentShapes } from './argument-shapes.ts';
import { type Kind, kindOfExpression } from './kind-of-expression.ts';
import type { Shape } from './schema.ts';

/** Arguments against the model of the API that they go to: names, required members, types. */
export function lintArguments(states: readonly PlacedState[]): Finding[] {
  return states.flatMap(({ path, state }) => {
    if (state['Type'] !== 'Task') return [];
    const resource = textOf(state['Resource']);
    const shape = argumentShapes[resource];
    if (!shape) {
      return [finding(`${path}: Resource`, `expected a Resource whose Arguments are known, got ${resource}`)];
    }
    const given = state['Arguments'] ?? {};
    const findings = compare(given, shape, `${path}: Arguments`);
    return resource.includes(':createCluster') ? [...findings, ...lintCluster(given, path)] : findings;
  });
}

function compare(value: Json, shape: Shape, path: string): Finding[] {
  if (shape.kind === 'any') return [];
  if (typeof value === 'string' && isExpression(value)) {
    const kind = kindOfExpression(value);
    const wanted = kindWanted(shape);
    return kind && kind !== wanted ? [finding(path, `expected a ${wanted}, got the ${kind} ${value}`)] : [];
  }
  switch (shape.kind) {
    case 'list':
      if (!Array.isArray(value)) return [finding(path, `expected a list, got ${JSON.stringify(value)}`)];
      return value.flatMap((item, index) => compare(item, shape.item(), `${path}[${index}]`));
    case 'map':
      if (!isObject(value)) return [finding(path, `expected an object, got ${JSON.stringify(value)}`)];
      return Object.entries(value).flatMap(([key, item]) => compare(item, shape.value(), `${path}.${key}`));
    case 'structure': {
      if (!isObject(value)) return [finding(path, `expected an object, got ${JSON.stringify(value)}`)];
      const missing = shape.required.filter((member) => !(member in value));
      return [
        ...missing.map((member) => finding(`${path}.${member}`, `${shape.name} requires it`)),
        ...Object.entries(value).flatMap(([member, item]) => {
          const known = shape.members.get(member);
          return known
            ? compare(item, known(), `${path}.${member}`)
            : [finding(`${path}.${member}`, `${shape.name} has no such member`)];
        }),
      ];
    }
    default:
      return typeof value === shape.kind
        ? []
        : [finding(path, `expected a ${shape.kind}, got ${JSON.stringify(value)}`)];
  }
}

function kindWanted(shape: Shape): Kind | undefined {
  if (shape.kind === 'structure' || shape.kind === 'map') return 'object';
  return shape.kind === 'any' ? undefined : shape.kind;
}

/** createCluster.sync waits for WAITING, which a cluster with Steps, or one that ends without them, never reaches. */
function lintCluster(given: Json, path: string): Finding[] {
  if (!isObject(given)) return [];
  const { Instances: instances, Steps: steps } = given;
  const keeps = isObject(instances) && instances['KeepJobFlowAliveWhenNoSteps'] === true;
  return [
    ...(keeps
      ? []
      : [
          finding(
            `${path}: Arguments.Instances.KeepJobFlowAliveWhenNoSteps`,
            'expected true, or the cluster ends at once',
          ),
        ]),
    ...(steps === undefined
      ? []
      : [finding(`${path}: Arguments.Steps`, 'createCluster.sync takes no Steps')]),
  ];
}

const finding = (path: string, message: string): Finding => ({ rule: 'arguments', path, message });
