// Which database errors heal by trying again, by SQLSTATE (PostgreSQL, appendix A) or by the driver's own words.

const serializationFaults = new Set(['40001', '40P01']);

/** Connection gone, server stopping or starting, or too many connections: nothing is wrong with the statement. */
const connectionFaults = new Set([
  '08000',
  '08001',
  '08003',
  '08004',
  '08006', // connection exceptions
  '57P01',
  '57P02',
  '57P03',
  '57P05', // admin shutdown, crash shutdown, cannot connect now, idle session timeout
  '53300', // too many connections
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOENT',
]);

const connectionMessages =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Query read timeout)/;

/** The transaction was rolled back by PostgreSQL to resolve a conflict: running it again is always right. */
export function isSerializationFault(error: unknown): boolean {
  return chain(error).some((link) => serializationFaults.has(link.code));
}

/** The connection broke: a commit that was under way may or may not have happened, so only idempotent work runs again. */
export function isConnectionFault(error: unknown): boolean {
  return chain(error).some((link) => connectionFaults.has(link.code) || connectionMessages.test(link.message));
}

/** A row was held by somebody else for longer than the connection waits. The statement was rolled back. */
export function isLockTimeout(error: unknown): boolean {
  return chain(error).some((link) => link.code === '55P03');
}

/** PostgreSQL cancelled the statement: it ran longer than its connection allows. It was rolled back. */
export function isStatementTimeout(error: unknown): boolean {
  return chain(error).some((link) => link.code === '57014');
}

/** PostgreSQL itself says what went wrong (SQLSTATE: five characters, and none begins as Node's own EPIPE): a single statement was rolled back. */
export function isServerFault(error: unknown): boolean {
  return chain(error).some((link) => /^[0-9A-Z]{5}$/.test(link.code) && !link.code.startsWith('E'));
}

/** The violated unique constraint's name, or null when the error is something else. */
export function violatedUniqueConstraint(error: unknown): string | null {
  const violation = chain(error).find((link) => link.code === '23505');
  return violation?.constraint ?? null;
}

interface Link {
  code: string;
  message: string;
  constraint: string | undefined;
}

/** The error and its causes: the ORM wraps what the driver throws. At most 5 deep. */
function chain(error: unknown): Link[] {
  const links: Link[] = [];
  let current: unknown = error;
  while (current instanceof Error && links.length < 5) {
    links.push({
      code: 'code' in current && typeof current.code === 'string' ? current.code : '',
      message: current.message,
      constraint: 'constraint' in current && typeof current.constraint === 'string' ? current.constraint : undefined,
    });
    current = current.cause;
  }
  return links;
}
