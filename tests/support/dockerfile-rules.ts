// What deploy/Dockerfile promises, as rules that name each fault: valid, pinned, small, not root, asked for its health, and built from
// nothing that .dockerignore keeps out.
import { existsSync, readFileSync } from 'node:fs';
import { DockerfileParser } from 'dockerfile-ast';
import type { Dockerfile } from 'dockerfile-ast';
import { validate } from 'dockerfile-utils';
import { copiedSources, execForm, fromStage, wordsOf } from './dockerfile.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

/** `ignore`: the text of .dockerignore. `build`: the script that the build stage runs. */
export function dockerfileFaults(text: string, ignore = read('.dockerignore'), build = buildScript()): readonly string[] {
  const dockerfile = DockerfileParser.parse(text);
  return [
    ...validate(text).map(({ message, range }) => `line ${range.start.line + 1}: ${typeof message === 'string' ? message : message.value}`),
    ...baseFaults(dockerfile),
    ...instructionFaults(dockerfile),
    ...stageFaults(dockerfile),
    ...lastStageFaults(dockerfile, text),
    ...contextFaults(dockerfile, ignore, build),
  ];
}

function packageJson(): { readonly devDependencies: Readonly<Record<string, string>>; readonly scripts: Readonly<Record<string, string>> } {
  return JSON.parse(read('package.json')) as ReturnType<typeof packageJson>;
}

function buildScript(): string {
  return packageJson().scripts['build'] ?? '';
}

/** The image brings the very Node.js that everything is tested with, whole version and distribution named. */
function baseFaults(dockerfile: Dockerfile): readonly string[] {
  const defaults = new Map(dockerfile.getInitialARGs().map((arg) => [arg.getProperty()?.getName(), arg.getProperty()?.getValue()]));
  const wanted = `node:${packageJson().devDependencies['node']}-trixie-slim`;
  return dockerfile
    .getFROMs()
    .map((from) => (from.getImage() ?? '').replace(/^\$\{(\w+)\}$/, (_whole, name: string) => defaults.get(name) ?? ''))
    .filter((image) => image !== wanted)
    .map((image) => `the base image ${image} is not ${wanted}, the Node.js of package.json`);
}

function instructionFaults(dockerfile: Dockerfile): readonly string[] {
  return dockerfile.getInstructions().flatMap((instruction) => {
    const keyword = instruction.getKeyword();
    const content = instruction.getArgumentsContent() ?? '';
    const line = `line ${(instruction.getRange()?.start.line ?? 0) + 1}`;
    const faults: string[] = [];
    if (keyword === 'ADD') faults.push(`${line}: ADD fetches and unpacks: COPY does neither`);
    if (keyword === 'RUN' && /npm (i|install)\b/.test(content)) faults.push(`${line}: npm ci installs what the lock file says`);
    if (keyword === 'RUN' && /\b(sudo|curl|wget)\b/.test(content)) faults.push(`${line}: everything comes from the base image and npm`);
    if (['ARG', 'ENV'].includes(keyword) && /PASSWORD|SECRET|TOKEN/.test(content))
      faults.push(`${line}: ${keyword} keeps a secret in the image`);
    return faults;
  });
}

function stageFaults(dockerfile: Dockerfile): readonly string[] {
  const stages = dockerfile.getFROMs().map((from) => from.getBuildStage());
  const sources = dockerfile.getCOPYs().map(fromStage);
  return sources.filter((stage) => stage !== null && !stages.includes(stage)).map((stage) => `there is no stage ${stage} to copy from`);
}

function lastStageFaults(dockerfile: Dockerfile, text: string): readonly string[] {
  const begins = dockerfile.getFROMs().at(-1)?.getRange()?.start.line ?? 0;
  const inLast = dockerfile.getInstructions().filter((instruction) => (instruction.getRange()?.start.line ?? 0) > begins);
  const contentOf = (keyword: string): string => inLast.findLast((one) => one.getKeyword() === keyword)?.getArgumentsContent() ?? '';
  const libraries = dockerfile.getCOPYs().find((copy) => wordsOf(copy).at(-1)?.endsWith('node_modules') ?? false);
  const faults: string[] = [];
  if (!/^[1-9]\d*(:\d+)?$/.test(contentOf('USER'))) faults.push('USER must be a number that is not root: Kubernetes checks no names');
  if (execForm(text, 'CMD')?.[0] !== 'node') faults.push('CMD must start node itself: npm and shells keep signals to themselves');
  if (execForm(text, 'HEALTHCHECK')?.[0] !== 'node') faults.push('HEALTHCHECK must run node: the image has neither curl nor wget');
  if (inLast.some((one) => one.getKeyword() === 'RUN')) faults.push('the last stage only copies');
  if (libraries === undefined || !installsProduction(text, fromStage(libraries) ?? ''))
    faults.push('the libraries are not those of production alone');
  return faults;
}

function installsProduction(text: string, stage: string): boolean {
  const body = text.split(new RegExp(`^FROM \\S+ AS ${stage}$`, 'm'))[1]?.split(/^FROM /m)[0] ?? '';
  return /^RUN npm ci --omit=dev --omit=optional/m.test(body);
}

/** .dockerignore begins with `*`: only what a line with `!` names can be copied, or read by the build. */
function contextFaults(dockerfile: Dockerfile, ignore: string, build: string): readonly string[] {
  const lines = ignore.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  if (lines[0] !== '*') return ['.dockerignore must begin with *: what is not named stays outside'];
  const named = lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
  const isInside = (path: string): boolean => path === '.' || named.some((one) => path === one || path.startsWith(`${one}/`));
  const secrets = named.filter((one) => /^\.env|\.data|\.git$|node_modules/.test(one));
  const readByBuild = build.split(/\s+/).filter((word) => /^[\w.-]+$/.test(word) && existsSync(new URL(word, root)));
  return [
    ...copiedSources(dockerfile)
      .filter((path) => !isInside(path))
      .map((path) => `COPY ${path}: .dockerignore keeps it out`),
    ...readByBuild.filter((path) => !isInside(path)).map((path) => `npm run build reads ${path}: .dockerignore keeps it out`),
    ...secrets.map((path) => `.dockerignore lets ${path} in`),
  ];
}
