// Gathers the conditions of a where clause with their parameters. Only the conditions in use become text, so that PostgreSQL plans each
// combination for itself: `($1 is null or x = $1)` would keep a prepared statement from using an index.

export interface SqlConditions {
  /** Adds a condition; `write` is given the parameter's name ($1, $2, ...) for `value`. */
  add(write: (parameter: string) => string, value: unknown): void;
  /** Adds a condition without a parameter: fixed text, never input. */
  addFixed(condition: string): void;
  /** The name of a new parameter for `value`. */
  parameter(value: unknown): string;
  /** All conditions joined by `and`; `true` when there are none. */
  text(): string;
  readonly values: readonly unknown[];
}

export function makeSqlConditions(): SqlConditions {
  const texts: string[] = [];
  const values: unknown[] = [];
  const parameter = (value: unknown): string => `$${values.push(value)}`;
  return {
    parameter,
    add: (write, value) => {
      texts.push(write(parameter(value)));
    },
    addFixed: (condition) => {
      texts.push(condition);
    },
    text: () => (texts.length === 0 ? 'true' : texts.join(' and ')),
    values,
  };
}
