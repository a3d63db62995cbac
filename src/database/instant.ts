// How instants cross the border to PostgreSQL: epoch milliseconds as float8 in both directions.

/** SQL for a timestamptz column or expression as epoch milliseconds (float8), to the millisecond. */
export function toMs(expression: string): string {
  // By bigint: from numeric, float8 is made by way of its digits (0.2 us more each).
  return `floor(extract(epoch from ${expression}) * 1000)::bigint::float8`;
}

/** SQL for a parameter in epoch milliseconds as timestamptz. */
export function fromMs(parameter: string): string {
  return `to_timestamp(${parameter}::float8 / 1000)`;
}
