// What deploy/kubernetes promises beyond its schemas, as rules that name each fault: every reference leads somewhere, pods have no rights
// that nobody needs, probes and ends are in step with the service, and all pods together fit into the connections of the database.
import { readConfig } from '../../src/config.ts';
import { settingNames } from './known-settings.ts';
import { environmentOf, isThere, matches, ofKind, specOf, workloadsOf } from './kubernetes-workloads.ts';
import type { Labels, Workload } from './kubernetes-workloads.ts';
import type { Resource } from './kustomization.ts';

/** src/main.ts: everything together has 15 s to end. */
const DRAIN_SECONDS = 15;
/** src/service.ts: how long a process waits for the migrations before it listens. */
const MIGRATION_WAIT_SECONDS = 60;
/** docs/operations.md, "With your own PostgreSQL". */
const connectionsOf = { api: 21, worker: 34, migrate: 5 } as const satisfies Record<Workload['role'], number>;
/** Of CloudNativePG: replication, its own checks, and those reserved for superusers. */
const OTHER_CONNECTIONS = 15;

/** Of everything that one overlay gives to a cluster. */
export function kubernetesFaults(resources: readonly Resource[]): readonly string[] {
  const workloads = workloadsOf(resources);
  return [
    ...workloads.flatMap((workload) => [
      ...rightsFaults(workload),
      ...lifeFaults(workload),
      ...referenceFaults(workload, resources),
      ...settingFaults(workload, resources),
      ...policyFaults(workload, resources),
    ]),
    ...selectorFaults(workloads, resources),
    ...routeFaults(workloads, resources),
    ...autoscalerFaults(workloads, resources),
    ...databaseFaults(workloads, resources),
  ];
}

function rightsFaults({ name, pod, container }: Workload): readonly string[] {
  const { securityContext: rights = {} } = container;
  const rules: readonly (readonly [boolean | undefined, string])[] = [
    [pod.securityContext?.runAsNonRoot, 'may run as root'],
    [pod.securityContext?.seccompProfile?.type === 'RuntimeDefault', 'has no seccomp profile'],
    [pod.automountServiceAccountToken === false, 'is given a token of Kubernetes'],
    [rights.allowPrivilegeEscalation === false, 'may gain privileges'],
    [rights.readOnlyRootFilesystem, 'may write to its file system'],
    [rights.capabilities?.drop.includes('ALL'), 'keeps capabilities'],
    [/:\d+\.\d+\.\d+$/.test(container.image), `has the image ${container.image}, not pinned to a version`],
    [container.resources?.requests?.['cpu'] !== undefined && container.resources.requests['memory'] !== undefined, 'requests no resources'],
    [container.resources?.limits?.['memory'] !== undefined, 'has no limit of memory'],
  ];
  return rules.filter(([kept]) => kept !== true).map(([, fault]) => `${name}: ${fault}`);
}

function lifeFaults({ name, role, pod, container }: Workload): readonly string[] {
  const faults: string[] = [];
  const pause = container.lifecycle?.preStop.sleep.seconds ?? 0;
  if ((pod.terminationGracePeriodSeconds ?? 30) < pause + DRAIN_SECONDS + 5) faults.push(`${name}: is killed before it has drained`);
  if (role === 'migrate') return faults;
  if (role === 'api' && pause < 3) faults.push(`${name}: stops while load balancers still send to it`);
  if ((pod.topologySpreadConstraints ?? []).length === 0) faults.push(`${name}: all pods may run on one node`);
  const { startupProbe: start } = container;
  if ((start?.periodSeconds ?? 10) * (start?.failureThreshold ?? 3) <= MIGRATION_WAIT_SECONDS)
    faults.push(`${name}: is killed while it waits for migrations`);
  const probes = { startupProbe: '/healthz', readinessProbe: '/readyz', livenessProbe: '/healthz' } as const;
  for (const [kind, path] of Object.entries(probes) as [keyof typeof probes, string][]) {
    const asked = container[kind]?.httpGet;
    if (asked?.path !== path) faults.push(`${name}: ${kind} does not ask for ${path}`);
    else if (!container.ports?.some((port) => port.name === asked.port)) faults.push(`${name}: ${kind} asks a port that is not there`);
  }
  return faults;
}

/** Made by an operator in the cluster, not by us. */
const madeElsewhere = new Set(['carillon-database-app']);

function referenceFaults({ name, pod, container }: Workload, resources: readonly Resource[]): readonly string[] {
  const wanted: (readonly [kind: string, name: string])[] = [
    ['ServiceAccount', pod.serviceAccountName ?? 'default'],
    ...(container.env ?? []).flatMap(({ valueFrom }) =>
      valueFrom === undefined ? [] : [['Secret', valueFrom.secretKeyRef.name] as const],
    ),
    ...(container.envFrom ?? []).map(({ configMapRef, secretRef }) =>
      configMapRef === undefined ? (['Secret', secretRef?.name ?? ''] as const) : (['ConfigMap', configMapRef.name] as const),
    ),
    ...(pod.volumes ?? []).flatMap(({ secret }) => (secret === undefined ? [] : [['Secret', secret.secretName] as const])),
  ];
  return wanted
    .filter(([kind, one]) => !madeElsewhere.has(one) && !isThere(resources, kind, one))
    .map(([kind, one]) => `${name}: there is no ${kind} ${one}`);
}

function settingFaults({ name, role }: Workload, resources: readonly Resource[]): readonly string[] {
  const environment = environmentOf(name, resources);
  const unknown = Object.keys(environment).filter((key) => !settingNames.has(key));
  const read = readConfig(environment);
  return [
    ...unknown.map((key) => `${name}: ${key} is no setting of the service`),
    ...(read.ok
      ? read.config.role === role
        ? []
        : [`${name}: has the role ${read.config.role}`]
      : read.faults.map((fault) => `${name}: ${fault}`)),
  ];
}

interface Policy {
  readonly podSelector: { readonly matchLabels?: Labels };
  readonly policyTypes: readonly string[];
  readonly ingress?: readonly { readonly ports: readonly { readonly port: number | string }[] }[];
  readonly egress?: readonly { readonly ports: readonly { readonly port: number | string }[] }[];
}

/** Everything is denied to every pod, and what it needs allowed again. */
function policyFaults({ name, role, labels }: Workload, resources: readonly Resource[]): readonly string[] {
  const policies = ofKind(resources, 'NetworkPolicy')
    .map((policy) => specOf<Policy>(policy))
    .filter(({ podSelector }) => matches(labels, podSelector.matchLabels));
  const closed = (['Ingress', 'Egress'] as const).filter((type) =>
    policies.some(
      ({ policyTypes, ingress, egress }) => policyTypes.includes(type) && (type === 'Ingress' ? ingress : egress) === undefined,
    ),
  );
  const out = new Set(policies.flatMap(({ egress = [] }) => egress.flatMap(({ ports }) => ports.map(({ port }) => port))));
  const needed = [53, 5432, ...(role === 'migrate' ? [] : [443])];
  return [
    ...(['Ingress', 'Egress'] as const).filter((type) => !closed.includes(type)).map((type) => `${name}: no policy denies it ${type}`),
    ...needed.filter((port) => !out.has(port)).map((port) => `${name}: no policy lets it out to port ${port}`),
  ];
}

interface Selecting {
  readonly selector: { readonly matchLabels: Labels };
}

interface ServiceSpec {
  readonly selector: Labels;
  readonly ports: readonly { readonly name: string; readonly targetPort: string }[];
}

interface Backend {
  readonly service: { readonly name: string; readonly port: { readonly name: string } };
}

interface IngressSpec {
  readonly rules: readonly { readonly http: { readonly paths: readonly { readonly backend: Backend }[] } }[];
}

interface AutoscalerSpec {
  readonly scaleTargetRef: { readonly name: string };
  readonly maxReplicas: number;
}

interface ClusterSpec {
  readonly instances: number;
  readonly imageName: string;
  readonly postgresql: { readonly parameters: Labels };
  readonly plugins?: readonly object[];
}

/** Whatever selects pods, selects some; and every Deployment has a budget. */
function selectorFaults(workloads: readonly Workload[], resources: readonly Resource[]): readonly string[] {
  const deployments = workloads.filter(({ role }) => role !== 'migrate');
  const ours = ({ metadata }: Resource): boolean => metadata.name !== 'carillon-database';
  const selectors: readonly (readonly [string, Labels | undefined])[] = [
    ...deployments.map(({ name, spec }) => [`Deployment ${name}`, spec.selector?.matchLabels] as const),
    ...deployments.flatMap(({ name, pod }) =>
      (pod.topologySpreadConstraints ?? []).map(({ labelSelector }) => [`the spread of ${name}`, labelSelector.matchLabels] as const),
    ),
    ...ofKind(resources, 'Service').map((service) => [`Service ${service.metadata.name}`, specOf<ServiceSpec>(service).selector] as const),
    ...['PodDisruptionBudget', 'PodMonitor'].flatMap((kind) =>
      ofKind(resources, kind)
        .filter(ours)
        .map((resource) => [`${kind} ${resource.metadata.name}`, specOf<Selecting>(resource).selector.matchLabels] as const),
    ),
  ];
  const budgets = ofKind(resources, 'PodDisruptionBudget').map((budget) => specOf<Selecting>(budget).selector.matchLabels);
  return [
    ...selectors
      .filter(([, labels]) => labels === undefined || !workloads.some((workload) => matches(workload.labels, labels)))
      .map(([what]) => `${what} selects no pod`),
    ...deployments
      .filter(({ labels }) => !budgets.some((budget) => matches(labels, budget)))
      .map(({ name }) => `${name}: has no PodDisruptionBudget`),
  ];
}

/** From the ingress over the Service to the port of a container. */
function routeFaults(workloads: readonly Workload[], resources: readonly Resource[]): readonly string[] {
  const services = new Map(ofKind(resources, 'Service').map((service) => [service.metadata.name, specOf<ServiceSpec>(service)]));
  const faults: string[] = [];
  for (const [name, { selector, ports }] of services) {
    const targets = workloads.filter(({ labels }) => matches(labels, selector)).flatMap(({ container }) => container.ports ?? []);
    for (const { targetPort } of ports) {
      if (!targets.some((port) => port.name === targetPort)) faults.push(`Service ${name}: no pod has the port ${targetPort}`);
    }
  }
  for (const ingress of ofKind(resources, 'Ingress')) {
    const { name, annotations = {} } = ingress.metadata;
    const backends = specOf<IngressSpec>(ingress).rules.flatMap(({ http }) => http.paths.map(({ backend }) => backend.service));
    for (const { name: service, port } of backends) {
      const found = services.get(service)?.ports.some((one) => one.name === port.name);
      if (found !== true) faults.push(`Ingress ${name}: no Service ${service} has the port ${port.name}`);
    }
    for (const time of ['proxy-read-timeout', 'proxy-send-timeout']) {
      const seconds = Number(annotations[`nginx.ingress.kubernetes.io/${time}`] ?? 60);
      if (seconds < 3_600) faults.push(`Ingress ${name}: WebSockets end at ${time}`);
    }
  }
  return faults;
}

function autoscalerFaults(workloads: readonly Workload[], resources: readonly Resource[]): readonly string[] {
  return ofKind(resources, 'HorizontalPodAutoscaler').flatMap((autoscaler) => {
    const { name } = specOf<AutoscalerSpec>(autoscaler).scaleTargetRef;
    const target = workloads.find((workload) => workload.name === name);
    if (target === undefined) return [`HorizontalPodAutoscaler ${autoscaler.metadata.name}: there is no Deployment ${name}`];
    return target.spec.replicas === undefined ? [] : [`${name}: replicas undoes what the autoscaler does`];
  });
}

/** As many pods as there may ever be, those of a roll-out on top. */
function databaseFaults(workloads: readonly Workload[], resources: readonly Resource[]): readonly string[] {
  const [cluster] = ofKind(resources, 'Cluster');
  if (cluster === undefined) return ['there is no Cluster of PostgreSQL'];
  const { instances, imageName, postgresql, plugins } = specOf<ClusterSpec>(cluster);
  const autoscalers = ofKind(resources, 'HorizontalPodAutoscaler').map((one) => specOf<AutoscalerSpec>(one));
  const most = new Map(autoscalers.map(({ scaleTargetRef, maxReplicas }) => [scaleTargetRef.name, maxReplicas]));
  const needed = workloads.reduce(
    (sum, { name, role, spec }) =>
      sum + ((most.get(name) ?? spec.replicas ?? 1) + (spec.strategy?.rollingUpdate.maxSurge ?? 0)) * connectionsOf[role],
    OTHER_CONNECTIONS,
  );
  const allowed = Number(postgresql.parameters['max_connections']);
  return [
    ...(needed > allowed ? [`the pods may open ${needed} connections, the database takes ${allowed}`] : []),
    ...(instances >= 3 ? [] : ['one standby less than a commit that waits for one needs']),
    ...(/:18\.\d+/.test(imageName) ? [] : [`PostgreSQL ${imageName} is not 18, pinned`]),
    ...(plugins === undefined ? ['the database is not backed up'] : []),
  ];
}
