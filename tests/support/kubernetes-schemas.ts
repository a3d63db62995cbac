// Kubernetes' own schemas, and those of the Prometheus operator, from npm packages. Their validators check values, patterns and what is
// required, but let unknown fields pass; a cluster would drop those, or refuse them. The compiler finds them, with the packages' types.
import { ServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor';
import { PodMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PodMonitor';
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler';
import { Job } from 'kubernetes-models/batch/v1/Job';
import { Ingress } from 'kubernetes-models/networking.k8s.io/v1/Ingress';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { ConfigMap } from 'kubernetes-models/v1/ConfigMap';
import { Namespace } from 'kubernetes-models/v1/Namespace';
import { Secret } from 'kubernetes-models/v1/Secret';
import { Service } from 'kubernetes-models/v1/Service';
import { ServiceAccount } from 'kubernetes-models/v1/ServiceAccount';
import type { Resource } from './kustomization.ts';
import { run } from './planted-project.ts';

interface Schema {
  readonly from: string;
  readonly model: { new (resource: never): { validate(): void }; readonly apiVersion: string } | null;
}

const kubernetes = (path: string, model: unknown): Schema => ({ from: `kubernetes-models/${path}`, model: model as Schema['model'] });
const operator = (name: string, model: unknown): Schema => ({
  from: `@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/${name}`,
  model: model as Schema['model'],
});
/** No package has CloudNativePG's: the fields that are used stand in a file of our own. */
const cloudNativePg: Schema = { from: './cloud-native-pg.ts', model: null };

const schemas: Readonly<Record<string, Schema>> = {
  ConfigMap: kubernetes('v1/ConfigMap', ConfigMap),
  Deployment: kubernetes('apps/v1/Deployment', Deployment),
  HorizontalPodAutoscaler: kubernetes('autoscaling/v2/HorizontalPodAutoscaler', HorizontalPodAutoscaler),
  Ingress: kubernetes('networking.k8s.io/v1/Ingress', Ingress),
  Job: kubernetes('batch/v1/Job', Job),
  Namespace: kubernetes('v1/Namespace', Namespace),
  NetworkPolicy: kubernetes('networking.k8s.io/v1/NetworkPolicy', NetworkPolicy),
  PodDisruptionBudget: kubernetes('policy/v1/PodDisruptionBudget', PodDisruptionBudget),
  Secret: kubernetes('v1/Secret', Secret),
  Service: kubernetes('v1/Service', Service),
  ServiceAccount: kubernetes('v1/ServiceAccount', ServiceAccount),
  PodMonitor: operator('PodMonitor', PodMonitor),
  ServiceMonitor: operator('ServiceMonitor', ServiceMonitor),
  Cluster: cloudNativePg,
  ObjectStore: cloudNativePg,
  ScheduledBackup: cloudNativePg,
};

const nameOf = ({ kind, metadata }: Resource): string => `${kind} ${metadata.name}`;

/** Values, patterns, required fields, and the version of the API. */
export function valueFaults(resource: Resource): readonly string[] {
  const schema = schemas[resource.kind];
  if (schema === undefined) return [`${nameOf(resource)}: no schema for this kind`];
  if (schema.model === null) return [];
  if (schema.model.apiVersion !== resource.apiVersion)
    return [`${nameOf(resource)}: ${resource.apiVersion} is not ${schema.model.apiVersion}`];
  try {
    new schema.model(resource as never).validate();
    return [];
  } catch (error) {
    return [`${nameOf(resource)}: ${error instanceof Error ? error.message : String(error)}`];
  }
}

/** One line for each resource, with the type of its kind: what the compiler says of a line, it says of a resource. */
export function typedSource(resources: readonly Resource[]): string {
  return resources
    .map((resource) => {
      const { from = './nowhere.ts' } = schemas[resource.kind] ?? {};
      return `export const ${resource.kind}_${resource.metadata.name.replaceAll('-', '_')}: import('${from}').I${resource.kind} = ${JSON.stringify(resource)};\n`;
    })
    .join('');
}

/** `folder`: a planted project with `resources.ts` (typedSource), its own `cloud-native-pg.ts` and `tsconfig.json`. */
export async function fieldFaults(folder: string, resources: readonly Resource[]): Promise<readonly string[]> {
  const { stdout } = await run(folder, process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json', '--pretty', 'false']);
  return stdout
    .split('\n')
    .filter((line) => /error TS/.test(line))
    .map((line) => {
      const [, number, fault] = /^resources\.ts\((\d+),\d+\): error TS\d+: (.*)$/.exec(line) ?? [];
      const resource = resources[Number(number) - 1];
      return resource === undefined ? line : `${nameOf(resource)}: ${fault}`;
    });
}
