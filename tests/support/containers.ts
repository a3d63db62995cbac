// The containers of docker-compose.yml as processes: the very commands and the very environment. Only names of hosts and ports are others,
// as all of them share one machine, and the database is the tests'.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { composeFile, interpolate, readCompose } from './compose.ts';
import type { Compose } from './compose.ts';
import { dockerfileText, execForm } from './dockerfile.ts';
import { run } from './planted-project.ts';
import type { Run } from './planted-project.ts';

/** docker-compose.yml as an operator has it who has set no more than `env` in .env. Values are replaced in what was parsed: all are texts. */
export function composeWith(env: Readonly<Record<string, string>>): Compose {
  const values = { POSTGRES_PASSWORD: 'fromDotEnv', ...env };
  const compose = JSON.stringify(readCompose(composeFile), (_key, value: unknown) =>
    typeof value === 'string' ? interpolate(value, values) : value,
  );
  return JSON.parse(compose) as Compose;
}

export interface Container extends AsyncDisposable {
  readonly printed: () => string;
  readonly environment: Readonly<Record<string, string>>;
  /** The exit code, or the signal's name. */
  ended(): Promise<number | string>;
  stop(): Promise<number | string>;
  /** Runs the health check as Docker does: inside, with the same environment. */
  health(): Promise<Run>;
}

/** `folder`: what the image has. `changed`: names to values that differ on one machine; one that the service is not given is an error. */
export function startContainer(folder: string, name: string, changed: Readonly<Record<string, string>>): Container {
  const service = composeWith({}).services[name];
  if (service?.environment === undefined) throw new Error(`no service ${name} with an environment in docker-compose.yml`);
  for (const key of Object.keys(changed)) if (!(key in service.environment)) throw new Error(`${name} is not given ${key}`);

  const environment = { PATH: process.env['PATH'] ?? '', NODE_ENV: 'production', ...service.environment, ...changed };
  const [program, ...args] = service.command ?? execForm(dockerfileText, 'CMD') ?? [];
  if (program !== 'node') throw new Error(`${name} starts ${program}, not node`);
  const child = spawn(process.execPath, args, { cwd: folder, env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (printed += chunk.toString()));

  const ended = async (): Promise<number | string> => whenEnded(child);
  const end = async (signal: NodeJS.Signals): Promise<number | string> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    return ended();
  };
  return {
    printed: () => printed,
    environment,
    ended,
    stop: async () => end('SIGTERM'),
    health: async () => {
      const [kind, node, ...check] = service.healthcheck?.test ?? [];
      if (kind !== 'CMD' || node !== 'node') throw new Error(`the health check of ${name} is not a command of node`);
      return run(folder, process.execPath, check, environment);
    },
    [Symbol.asyncDispose]: async () => void (await end('SIGKILL')),
  };
}

async function whenEnded(child: ChildProcess): Promise<number | string> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode ?? child.signalCode ?? 'unknown';
}
