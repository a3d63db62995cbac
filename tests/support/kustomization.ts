// What `kubectl kustomize` makes of deploy/kubernetes, as far as the kustomizations there use it: resources, generators, images, a
// namespace, strategic merges. A key that this file does not know is an error, so that nothing is tested that is not what a cluster gets.
import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';

export interface Resource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly data?: Readonly<Record<string, string>>;
  readonly [key: string]: unknown;
}

interface Generator {
  readonly name: string;
  readonly behavior?: 'merge';
  readonly envs?: readonly string[];
  readonly files?: readonly string[];
  readonly literals?: readonly string[];
  readonly options?: { readonly disableNameSuffixHash?: boolean };
}

interface Kustomization {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly resources?: readonly string[];
  readonly labels?: readonly { readonly pairs: Readonly<Record<string, string>> }[];
  readonly images?: readonly { readonly name: string; readonly newName: string; readonly newTag: string }[];
  readonly configMapGenerator?: readonly Generator[];
  readonly secretGenerator?: readonly Generator[];
  readonly patches?: readonly { readonly path: string }[];
}

const knownKeys = new Set<string>([
  'apiVersion',
  'kind',
  'namespace',
  'resources',
  'labels',
  'images',
  'configMapGenerator',
  'secretGenerator',
  'patches',
]);
const clusterWide = new Set(['Namespace']);

/** `read`: the text of a file, by its path; throws when there is none, as kustomize does. */
export function renderKustomization(folder: string, read = (path: string): string => readFileSync(path, 'utf8')): readonly Resource[] {
  const file = join(folder, 'kustomization.yaml');
  const kustomization = parse(read(file)) as Kustomization;
  const unknown = Object.keys(kustomization).filter((key) => !knownKeys.has(key));
  if (unknown.length > 0) throw new Error(`${file}: ${unknown.join(', ')}: not known here`);

  let resources: readonly Resource[] = (kustomization.resources ?? []).flatMap((path) => readResources(join(folder, path), read));
  for (const [kind, generators] of [
    ['ConfigMap', kustomization.configMapGenerator ?? []],
    ['Secret', kustomization.secretGenerator ?? []],
  ] as const) {
    for (const generator of generators) resources = generate(resources, kind, generator, folder, read);
  }
  for (const { path } of kustomization.patches ?? []) {
    for (const patch of documentsOf(read(join(folder, path)))) resources = applyPatch(resources, patch, path);
  }
  return resources.map((resource) => finish(resource, kustomization));
}

function readResources(path: string, read: (path: string) => string): readonly Resource[] {
  const isFolder = !path.endsWith('.yaml') && statSync(path).isDirectory();
  return isFolder ? renderKustomization(path, read) : documentsOf(read(path));
}

/** All documents of a text; a text that is not YAML throws. */
function documentsOf(text: string): readonly Resource[] {
  return parseAllDocuments(text).map((document) => {
    if (document.errors.length > 0) throw new Error(document.errors.map(({ message }) => message).join('\n'));
    return document.toJS() as Resource;
  });
}

function generate(
  resources: readonly Resource[],
  kind: 'ConfigMap' | 'Secret',
  { name, behavior, envs = [], files = [], literals = [] }: Generator,
  folder: string,
  read: (path: string) => string,
): readonly Resource[] {
  const lines = envs.flatMap((path) => read(join(folder, path)).split('\n'));
  const pairs = [...lines.filter((line) => line !== '' && !line.startsWith('#')), ...literals].map((line): [string, string] => {
    const [key = '', ...value] = line.split('=');
    return [key, value.join('=')];
  });
  const contents = files.map((entry): [string, string] => {
    const [key = '', path = ''] = entry.split('=');
    return [key, read(join(folder, path))];
  });
  const encode = (text: string): string => (kind === 'Secret' ? Buffer.from(text).toString('base64') : text);
  const data = Object.fromEntries([...pairs, ...contents].map(([key, value]) => [key, encode(value)]));
  const isSame = (resource: Resource): boolean => resource.kind === kind && resource.metadata.name === name;
  if (behavior === undefined) {
    if (resources.some(isSame)) throw new Error(`${kind} ${name} is there already: behavior: merge changes it`);
    return [...resources, { apiVersion: 'v1', kind, metadata: { name }, data }];
  }
  if (!resources.some(isSame)) throw new Error(`there is no ${kind} ${name} to merge with`);
  return resources.map((resource) => (isSame(resource) ? { ...resource, data: { ...resource.data, ...data } } : resource));
}

function applyPatch(resources: readonly Resource[], patch: Resource, path: string): readonly Resource[] {
  const isTarget = ({ kind, metadata }: Resource): boolean => kind === patch.kind && metadata.name === patch.metadata.name;
  if (!resources.some(isTarget)) throw new Error(`${path}: there is no ${patch.kind} ${patch.metadata.name} to patch`);
  return resources.map((resource) => (isTarget(resource) ? (merge(resource, patch) as Resource) : resource));
}

/** A strategic merge of objects: null removes; lists replace each other, as those of the patches here do in Kubernetes, too. */
function merge(base: unknown, patch: unknown): unknown {
  if (!isObject(base) || !isObject(patch)) return patch;
  const keys = [...new Set([...Object.keys(base), ...Object.keys(patch)])].filter((key) => patch[key] !== null);
  return Object.fromEntries(keys.map((key) => [key, key in patch ? merge(base[key], patch[key]) : base[key]]));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function finish(resource: Resource, { namespace, labels = [], images = [] }: Kustomization): Resource {
  const pairs = Object.assign({}, ...labels.map((label) => label.pairs)) as Readonly<Record<string, string>>;
  const metadata = {
    ...resource.metadata,
    ...(namespace === undefined || clusterWide.has(resource.kind) ? {} : { namespace }),
    ...(labels.length === 0 ? {} : { labels: { ...resource.metadata.labels, ...pairs } }),
  };
  const text = JSON.stringify({ ...resource, metadata }, (key, value: unknown) => {
    const image = key === 'image' ? images.find(({ name }) => name === value) : undefined;
    return image === undefined ? value : `${image.newName}:${image.newTag}`;
  });
  return JSON.parse(text) as Resource;
}

/** The kustomizations of the project. */
export const kubernetesFolder = join(dirname(new URL(import.meta.url).pathname), '../../deploy/kubernetes');
