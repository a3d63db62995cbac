// What the two pipelines promise beyond their schemas, as rules that name each fault: pinned, with no more rights than needed, limited in
// time, on the Node.js of package.json, and running nothing that does not exist.
import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';

const root = new URL('../../', import.meta.url);
const { scripts, devDependencies } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
};

interface Step {
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly run?: string;
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions?: Readonly<Record<string, string>> | string;
  readonly jobs: Readonly<
    Record<
      string,
      {
        readonly permissions?: Readonly<Record<string, string>>;
        readonly 'timeout-minutes'?: number;
        readonly 'runs-on': string;
        readonly steps: readonly Step[];
      }
    >
  >;
}

interface Job {
  readonly image?: string | { readonly name: string };
  readonly timeout?: string;
  readonly script?: readonly string[];
}

/** GitHub Actions. */
export function workflowFaults(text: string): readonly string[] {
  const { on, permissions, jobs } = parse(text) as Workflow;
  return [
    ...(JSON.stringify(permissions) === '{"contents":"read"}' ? [] : ['the jobs may do more than read']),
    ...('pull_request_target' in on ? ['pull_request_target runs the code of strangers with our rights'] : []),
    ...[...text.matchAll(/uses: (?!\S+@[0-9a-f]{40} # v\d+\.\d+\.\d+$)(.*)$/gm)].map(
      ([, action]) => `${action} is not pinned to a commit, its version beside it`,
    ),
    ...Object.entries(jobs).flatMap(([name, { permissions: own = {}, 'timeout-minutes': limit, 'runs-on': machine, steps }]) => [
      ...Object.entries(own)
        .filter(([what, right]) => right !== 'read' && `${name}:${what}` !== 'image:packages')
        .map(([what]) => `${name}: may write ${what}`),
      ...(limit === undefined ? [`${name}: has no limit in time`] : []),
      ...(machine.endsWith('-latest') ? [`${name}: the machine ${machine} changes by itself`] : []),
      ...steps.flatMap((step) => stepFaults(name, step)),
    ]),
  ];
}

function stepFaults(job: string, { uses = '', with: inputs = {}, run = '' }: Step): readonly string[] {
  return [
    ...(uses.startsWith('actions/checkout@') && inputs['persist-credentials'] !== false ? [`${job}: leaves its token behind`] : []),
    ...(uses.startsWith('actions/setup-node@') && inputs['node-version'] !== devDependencies['node']
      ? [`${job}: another Node.js than package.json's`]
      : []),
    ...(run.includes('${{') ? [`${job}: puts values into a script, where they are run`] : []),
    ...commandFaults(job, run),
  ];
}

/** GitLab. */
export function gitlabFaults(text: string): readonly string[] {
  const { default: defaults, stages, workflow, variables, ...jobs } = parse(text) as Readonly<Record<string, Job>>;
  const images = [defaults, ...Object.values(jobs)].flatMap(({ image } = {}) =>
    image === undefined ? [] : [typeof image === 'string' ? image : image.name],
  );
  return [
    ...[stages, workflow, variables].filter((part) => part === undefined).map(() => 'stages, workflow and variables must be there'),
    ...images.filter((image) => !/:v?\d+\.\d+\.\d+(-[a-z]+)?$/.test(image)).map((image) => `${image} is not pinned to a version`),
    ...images
      .filter((image) => image.startsWith('node:') && image !== `node:${devDependencies['node']}-trixie`)
      .map((image) => `${image} is not the Node.js of package.json`),
    ...Object.entries(jobs).flatMap(([name, { timeout, script = [] }]) => [
      ...(timeout === undefined ? [`${name}: has no limit in time`] : []),
      ...script.flatMap((line) => commandFaults(name, line)),
    ]),
  ];
}

function commandFaults(job: string, script: string): readonly string[] {
  const named = [...script.matchAll(/npm run ([\w:-]+)/g)].map(([, name = '']) => name);
  const files = [...script.matchAll(/(?:^|\s)((?:\.ci|deploy)\/[\w./-]+)/g)].map(([, path = '']) => path);
  return [
    ...named.filter((name) => !(name in scripts)).map((name) => `${job}: there is no script ${name}`),
    ...files.filter((path) => !existsSync(new URL(path, root))).map((path) => `${job}: there is no file ${path}`),
  ];
}
