/**
 * Zero-order Takagi-Sugeno inference (Takagi and Sugeno 1985): conditions are fuzzy, conclusions are numbers, and the
 * answer is their mean, weighted by how strongly each rule's condition holds.
 */

/** Rises from a to b, holds from b to c, falls to d. Equal neighbours make a step; infinite ones an open side. */
export type Trapezoid = readonly [a: number, b: number, c: number, d: number];

export interface FuzzySystem {
  /** What each variable's words mean. */
  variables: Readonly<Record<string, Readonly<Record<string, Trapezoid>>>>;
  rules: readonly FuzzyRule[];
}

interface FuzzyRule {
  /** All of these hold: variable is word. */
  when: Readonly<Record<string, string>>;
  gives: number;
  /** For people. */
  because: string;
}

export interface FiredRule {
  /** Such as "quoted is much". */
  condition: string;
  /** From 0, exclusive, to 1. */
  strength: number;
  gives: number;
  because: string;
}

export interface Inference {
  value: number;
  /** Strongest first. */
  fired: FiredRule[];
}

/** How far the value belongs to the set, from 0 to 1. */
export function membership([a, b, c, d]: Trapezoid, value: number): number {
  if (value >= b && value <= c) return 1;
  if (value <= a || value >= d) return 0;
  return value < b ? (value - a) / (b - a) : (d - value) / (d - c);
}

/**
 * @param otherwise the answer when no rule fires.
 * @throws RangeError when a rule speaks of a variable or word that nobody gave.
 */
export function infer(
  { variables, rules }: FuzzySystem,
  values: Readonly<Record<string, number>>,
  otherwise: number,
): Inference {
  const fired = rules
    .map(({ when, gives, because }): FiredRule => {
      const conditions = Object.entries(when);
      const degrees = conditions.map(([variable, word]) => {
        const set = variables[variable]?.[word];
        const value = values[variable];
        if (!set) throw new RangeError(`No set says what it means that ${variable} is ${word}.`);
        if (value === undefined) throw new RangeError(`There is no value of ${variable}.`);
        return membership(set, value);
      });
      const condition = conditions.map(([variable, word]) => `${variable} is ${word}`).join(' and ');
      return { condition, strength: Math.min(1, ...degrees), gives, because };
    })
    .filter(({ strength }) => strength > 0)
    .sort((x, y) => y.strength - x.strength);
  const weight = fired.reduce((sum, { strength }) => sum + strength, 0);
  const weighted = fired.reduce((sum, { strength, gives }) => sum + strength * gives, 0);
  return { value: weight > 0 ? weighted / weight : otherwise, fired };
}
