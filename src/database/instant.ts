// How instants cross the border to PostgreSQL: epoch milliseconds as float8 in both directions.

/** SQL for a timestamptz column or expression as epoch milliseconds (float8), to the millisecond. */
export function toMs(expression: string): string {
  return `floor(extract(epoch from ${expression}) * 1000)::float8`;
}

/** SQL for a parameter in epoch milliseconds as timestamptz. */
export function fromMs(parameter: string): string {
  return `to_timestamp(${parameter}::float8 / 1000)`;
}
