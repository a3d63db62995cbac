// One running PostgreSQL server on a folder that nobody else uses: started, watched, stopped.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { open, readFile, rm, stat, truncate } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { CarillonError } from '../../domain/errors.ts';
import type { Log } from '../../log.ts';
import { postgresProcessesIn, signal } from './processes.ts';
import type { ServerOwner } from './server-owner.ts';

export interface Server {
  readonly port: number;
  /** Settles when the server has ended, for whatever reason. */
  readonly ended: Promise<void>;
  /** Fast shutdown: open transactions are rolled back, nothing committed is lost. At most about 10 s. */
  stop(): Promise<void>;
}

export interface ServerSettings {
  readonly postgres: string;
  readonly owner: ServerOwner;
  /** The folder with PostgreSQL's files. */
  readonly cluster: string;
  readonly port: number;
  readonly logFile: string;
  /** Server parameters, name to value. */
  readonly parameters: Readonly<Record<string, string>>;
}

/**
 * Runs the server in a session of its own, so that Ctrl-C in a terminal reaches the service alone and it can finish its work first.
 * The shell in between ends the server when the service dies, even by kill -9: reading from the service's end of the pipe then ends.
 */
const guardian = `
exec 3<&0
"$@" </dev/null >&2 3<&- &
server=$!
echo "$server"
(read -r _ <&3; kill -INT "$server") >/dev/null 2>&1 &
watch=$!
wait "$server"
code=$?
kill "$watch" 2>/dev/null
exit "$code"
`;

const fastShutdownMs = 8_000;
const immediateShutdownMs = 2_000;
const pollMs = 20;
/** Crash recovery replays at most max_wal_size; ten minutes is far beyond that on any disk. */
const readyWithinMs = 600_000;
const logFileBytes = 10 * 1024 * 1024;

/** @throws CarillonError EMBEDDED_POSTGRES with the end of the server's own log when it does not come up. */
export async function startServer({ postgres, owner, cluster, port, logFile, parameters }: ServerSettings): Promise<Server> {
  const size = await stat(logFile).then(
    (file) => file.size,
    () => 0,
  );
  if (size > logFileBytes) await truncate(logFile);
  const output = await open(logFile, 'a', 0o600);
  const flags = Object.entries({ ...parameters, port: String(port) }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const child = spawn('/bin/sh', ['-c', guardian, 'carillon-postgres', postgres, '-D', cluster, ...flags], {
    cwd: '/',
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
    detached: true,
    stdio: ['pipe', 'pipe', output.fd],
    ...owner,
  });
  const ended = endOf(child);
  await output.close();
  const pid = await serverPid(child, ended);
  const stop = async (): Promise<void> => await stopServer(child, pid, ended);
  try {
    await waitUntilReady(cluster, pid, child);
  } catch (error) {
    await stop();
    throw new CarillonError('EMBEDDED_POSTGRES', `PostgreSQL did not start on ${cluster}:\n${await endOfFile(logFile)}`, { cause: error });
  }
  return { port, ended, stop };
}

/** A loopback port that is free now, and never 5432, where other programs expect a server of their own. */
export async function findFreePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => probe.once('error', reject).listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  const port = typeof address === 'object' && address !== null ? address.port : 5432;
  return port === 5432 ? await findFreePort() : port;
}

/**
 * Clears what a killed service left on the folder: a server that still runs is stopped, a pid file whose server is gone is removed.
 * PostgreSQL alone would refuse to start as long as any process, even a zombie, has the pid in that file. The caller holds the folder's lock.
 */
export async function clearLeftovers(cluster: string, log: Log): Promise<void> {
  const running = await postgresProcessesIn(cluster);
  if (running.length > 0) {
    log.warn({ pids: running }, 'embedded PostgreSQL: stopping the server of a service that was killed');
    const postmaster = Number.parseInt((await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => '')).trim(), 10);
    await endProcesses(cluster, running.includes(postmaster) ? [postmaster] : running, 'SIGINT', 2 * fastShutdownMs);
    await endProcesses(cluster, await postgresProcessesIn(cluster), 'SIGQUIT', immediateShutdownMs);
    await endProcesses(cluster, await postgresProcessesIn(cluster), 'SIGKILL', immediateShutdownMs);
  }
  // Only Linux shows which folder a process works in; elsewhere PostgreSQL judges its own file.
  if (process.platform === 'linux') await rm(join(cluster, 'postmaster.pid'), { force: true });
}

async function endProcesses(cluster: string, pids: readonly number[], name: NodeJS.Signals, withinMs: number): Promise<void> {
  for (const pid of pids) signal(pid, name);
  const deadline = Date.now() + withinMs;
  while (Date.now() < deadline && (await postgresProcessesIn(cluster)).length > 0) await delay(pollMs);
}

async function endOf(child: ChildProcess): Promise<void> {
  // The pipe to the guardian breaks when it ends; that is seen by its exit.
  child.stdin?.on('error', () => undefined);
  await new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
}

async function serverPid(child: ChildProcess, ended: Promise<void>): Promise<number> {
  if (child.stdout === null) throw new CarillonError('EMBEDDED_POSTGRES', 'the guardian has no output');
  const lines = createInterface({ input: child.stdout });
  const line = await Promise.race([new Promise<string>((resolve) => lines.once('line', resolve)), ended.then(() => '')]);
  lines.close();
  if (!/^\d+$/.test(line)) throw new CarillonError('EMBEDDED_POSTGRES', 'PostgreSQL could not be started: /bin/sh did not run');
  return Number(line);
}

/** The server's own sign: the eighth line of postmaster.pid. The first must be our server's pid, or the file is an old one. */
async function waitUntilReady(cluster: string, pid: number, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + readyWithinMs;
  while (!hasEnded(child) && Date.now() < deadline) {
    const lines = (await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
    if (lines[0] === String(pid) && lines[7]?.startsWith('ready') === true) return;
    await delay(pollMs);
  }
  throw new Error(hasEnded(child) ? 'the server ended' : 'the server took too long');
}

/** Nothing is signalled after the end: the pid could belong to somebody else by then. */
async function stopServer(child: ChildProcess, pid: number, ended: Promise<void>): Promise<void> {
  for (const [name, withinMs] of [
    ['SIGINT', fastShutdownMs],
    ['SIGQUIT', immediateShutdownMs],
    ['SIGKILL', immediateShutdownMs],
  ] as const) {
    if (hasEnded(child)) return;
    signal(pid, name);
    await Promise.race([ended, delay(withinMs, undefined, { ref: false })]);
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function endOfFile(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-15).join('\n');
}
