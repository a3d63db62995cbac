// The pods of deploy/kubernetes as the rules look at them: what a Deployment or Job runs, and with which environment.
import type { Resource } from './kustomization.ts';

export type Labels = Readonly<Record<string, string>>;

interface Probe {
  readonly httpGet?: { readonly path: string; readonly port: string };
  readonly periodSeconds?: number;
  readonly failureThreshold?: number;
}

interface Container {
  readonly name: string;
  readonly image: string;
  readonly env?: readonly {
    readonly name: string;
    readonly value?: string;
    readonly valueFrom?: { readonly secretKeyRef: { readonly name: string } };
  }[];
  readonly envFrom?: readonly Partial<Record<'configMapRef' | 'secretRef', { readonly name: string }>>[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly startupProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly lifecycle?: { readonly preStop: { readonly sleep: { readonly seconds: number } } };
  readonly resources?: { readonly requests?: Labels; readonly limits?: Labels };
  readonly securityContext?: {
    readonly allowPrivilegeEscalation?: boolean;
    readonly readOnlyRootFilesystem?: boolean;
    readonly capabilities?: { readonly drop: readonly string[] };
  };
}

interface PodSpec {
  readonly automountServiceAccountToken?: boolean;
  readonly serviceAccountName?: string;
  readonly terminationGracePeriodSeconds?: number;
  readonly securityContext?: { readonly runAsNonRoot?: boolean; readonly seccompProfile?: { readonly type: string } };
  readonly topologySpreadConstraints?: readonly { readonly labelSelector: { readonly matchLabels: Labels } }[];
  readonly containers: readonly [Container];
  readonly volumes?: readonly { readonly name: string; readonly secret?: { readonly secretName: string } }[];
}

export interface Workload {
  readonly name: string;
  readonly role: 'api' | 'worker' | 'migrate';
  readonly labels: Labels;
  readonly pod: PodSpec;
  readonly container: Container;
  readonly spec: {
    readonly replicas?: number;
    readonly selector?: { readonly matchLabels: Labels };
    readonly strategy?: { readonly rollingUpdate: { readonly maxSurge: number } };
  };
}

export const ofKind = (resources: readonly Resource[], kind: string): readonly Resource[] =>
  resources.filter((resource) => resource.kind === kind);

/** What its schema says that it has: rules look at resources that are valid. */
export const specOf = <Spec>({ spec = {} }: Resource): Spec => spec as Spec;

export const isThere = (resources: readonly Resource[], kind: string, name: string): boolean =>
  resources.some((resource) => resource.kind === kind && resource.metadata.name === name);

export const matches = (labels: Labels, wanted: Labels = {}): boolean =>
  Object.entries(wanted).every(([key, value]) => labels[key] === value);

export function workloadsOf(resources: readonly Resource[]): readonly Workload[] {
  return [...ofKind(resources, 'Deployment'), ...ofKind(resources, 'Job')].map(({ metadata, spec }) => {
    const { template } = spec as { readonly template: { readonly metadata: { readonly labels: Labels }; readonly spec: PodSpec } };
    const { labels } = template.metadata;
    const role = labels['app.kubernetes.io/component'] as Workload['role'];
    return {
      name: metadata.name,
      role,
      labels,
      pod: template.spec,
      container: template.spec.containers[0],
      spec: spec as Workload['spec'],
    };
  });
}

/** The environment as the container gets it: what stands in `env` wins. */
export function environmentOf(name: string, resources: readonly Resource[]): Readonly<Record<string, string>> {
  const { container } = workloadsOf(resources).find((workload) => workload.name === name) ?? {};
  const sources = (container?.envFrom ?? []).map(({ configMapRef, secretRef }) =>
    resources.find(({ kind, metadata }) =>
      kind === 'ConfigMap' ? metadata.name === configMapRef?.name : kind === 'Secret' && metadata.name === secretRef?.name,
    ),
  );
  const own = (container?.env ?? []).map(({ name: key, value }) => [
    key,
    value ?? 'postgresql://carillon:secret@carillon-database-rw:5432/carillon',
  ]);
  return Object.assign({}, ...sources.map(textsOf), Object.fromEntries(own)) as Record<string, string>;
}

function textsOf(source: Resource | undefined): Labels {
  const decode = (value: string): string => (source?.kind === 'Secret' ? Buffer.from(value, 'base64').toString() : value);
  return Object.fromEntries(Object.entries(source?.data ?? {}).map(([key, value]) => [key, decode(value)]));
}
