// deploy/kubernetes, rendered as kustomize does it: valid by the schemas of Kubernetes, and by rules that are proven on planted violations.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { kubernetesFaults } from '../support/kubernetes-rules.ts';
import { fieldFaults, typedSource, valueFaults } from '../support/kubernetes-schemas.ts';
import { environmentOf } from '../support/kubernetes-workloads.ts';
import { kubernetesFolder, renderKustomization } from '../support/kustomization.ts';
import type { Resource } from '../support/kustomization.ts';
import { usePlantedProjects } from '../support/planted-project.ts';

const overlay = join(kubernetesFolder, 'overlays/example');
const plant = usePlantedProjects([]);

/** What an operator writes into the files beside the .example ones. */
const filledIn: Readonly<Record<string, string>> = {
  'api.env': 'AUTH_JWT_SECRET=0123456789abcdef0123456789abcdef\n',
  'worker.env': [
    'SMTP_URL=smtps://carillon:secret@mail.example',
    'REPORT_TO=operations@carillon.example',
    'REPORT_FROM=carillon@carillon.example',
    'WEBHOOK_URL=https://hooks.example/carillon',
    'WEBHOOK_SECRET=whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=',
  ].join('\n'),
  'provider-token': 'token',
  'metrics-token': 'token',
  'backup.env': 'ACCESS_KEY_ID=id\nACCESS_SECRET_KEY=secret\n',
};

/** `changes`: in a file (its path below deploy/kubernetes), a text and what stands there instead. */
function render(secrets: Readonly<Record<string, string>> = filledIn, [file, right, wrong]: readonly string[] = []): readonly Resource[] {
  return renderKustomization(overlay, (path) => {
    const secret = secrets[/\/secrets\/([\w.-]+)$/.exec(path)?.[1] ?? ''];
    if (secret !== undefined) return secret;
    const text = readFileSync(path, 'utf8');
    if (file === undefined || !path.endsWith(`/deploy/kubernetes/${file}`)) return text;
    expect(text).toContain(right);
    return text.replace(right ?? '', wrong ?? '');
  });
}

async function compile(resources: readonly Resource[]): Promise<readonly string[]> {
  const folder = await plant({
    'resources.ts': typedSource(resources),
    'cloud-native-pg.ts': readFileSync(new URL('../support/cloud-native-pg.ts', import.meta.url), 'utf8'),
    'tsconfig.json': JSON.stringify({
      compilerOptions: { module: 'nodenext', strict: true, noEmit: true, skipLibCheck: true, allowImportingTsExtensions: true, types: [] },
      files: ['resources.ts'],
    }),
    'package.json': '{ "type": "module" }',
  });
  return fieldFaults(folder, resources);
}

describe('the example overlay', () => {
  let resources: readonly Resource[];
  beforeAll(() => {
    resources = render();
  });

  test('is valid by the schemas of Kubernetes and its operators', () => {
    expect(resources.flatMap(valueFaults)).toEqual([]);
  });

  test('has no field that they do not know', async () => {
    expect(await compile(resources)).toEqual([]);
  });

  test('keeps every rule', () => {
    expect(kubernetesFaults(resources)).toEqual([]);
  });

  test('puts everything into its namespace, and no secret into a ConfigMap', () => {
    expect(resources.filter(({ kind, metadata }) => kind !== 'Namespace' && metadata.namespace !== 'carillon')).toEqual([]);
    const configured = resources.filter(({ kind }) => kind === 'ConfigMap').flatMap(({ data = {} }) => Object.keys(data));
    expect(configured.filter((name) => /PASSWORD|SECRET|TOKEN$|DATABASE_URL|SMTP_URL/.test(name))).toEqual([]);
  });

  test('is refused without the files that hold the secrets, which git does not have', () => {
    expect(() => render({})).toThrow(/ENOENT.*secrets/);
    expect(readFileSync(join(kubernetesFolder, '../../.gitignore'), 'utf8')).toContain('deploy/kubernetes/overlays/*/secrets/*\n');
  });

  test('is refused by the service when the examples are taken as they stand: they hold no secret', () => {
    const asTheyStand = Object.fromEntries(
      Object.keys(filledIn).map((name) => [name, readFileSync(join(overlay, `secrets/${name}.example`), 'utf8')]),
    );
    expect(readConfig(environmentOf('carillon-api', render(asTheyStand)))).toMatchObject({
      ok: false,
      faults: [expect.stringContaining('AUTH_JWT_SECRET')],
    });
    for (const text of Object.values(asTheyStand)) expect(text).not.toMatch(/^\w+=./m);
  });
});

test('the database comes back from its archive with restore.yaml, and archives under another name', async () => {
  const resources = render(filledIn, ['overlays/example/kustomization.yaml', 'path: database.yaml', 'path: restore.yaml']);
  expect(kubernetesFaults(resources)).toEqual([]);
  expect(await compile(resources)).toEqual([]);
  const { bootstrap, externalClusters, plugins } = resources.find(({ kind }) => kind === 'Cluster')?.spec ?? {};
  expect(bootstrap).toEqual({ recovery: { source: 'lost', database: 'carillon', owner: 'carillon' } });
  expect([externalClusters, plugins]).toEqual([
    [
      {
        name: 'lost',
        plugin: expect.objectContaining({ parameters: { barmanObjectName: 'carillon-backup', serverName: 'carillon-database' } }),
      },
    ],
    [expect.objectContaining({ parameters: { barmanObjectName: 'carillon-backup', serverName: 'carillon-database-restored' } })],
  ]);
});

describe('by the schemas', () => {
  test.each([
    ['a word for a number', 'base/worker.yaml', 'replicas: 2', 'replicas: two', 'Deployment carillon-worker'],
    ['a quantity that is none', 'base/api.yaml', 'memory: 768Mi', 'memory: lots', 'Deployment carillon-api'],
    ['an API of another version', 'base/api.yaml', 'autoscaling/v2', 'autoscaling/v1', 'autoscaling/v1 is not autoscaling/v2'],
    ['a kind without a schema', 'base/service-account.yaml', 'ServiceAccount', 'ServiceAcount', 'no schema for this kind'],
  ])('%s would not pass', (_violation, file = '', right = '', wrong = '', fault = '') => {
    expect(render(filledIn, [file, right, wrong]).flatMap(valueFaults).join('\n')).toContain(fault);
  });

  test('unknown fields, values that are not foreseen and missing ones would not pass', async () => {
    const planted = [
      ['base/api.yaml', 'minReadySeconds: 5', 'minReadySecond: 5'],
      ['overlays/example/ingress.yaml', 'pathType: Prefix', 'pathTyp: Prefix'],
      ['database/cluster.yaml', 'dataDurability: required', 'dataDurability: always'],
      ['monitoring/monitors.yaml', 'podMetricsEndpoints:', 'podMetricEndpoints:'],
    ] as const;
    const faults = await Promise.all(planted.map(async (change) => await compile(render(filledIn, change))));
    expect(faults.map((found) => found.length > 0)).toEqual(planted.map(() => true));
    expect(faults.map(([first = '']) => first.split(':')[0])).toEqual([
      'Deployment carillon-api',
      'Ingress carillon',
      'Cluster carillon-database',
      'PodMonitor carillon-worker',
    ]);
  });
});

describe('by the rules', () => {
  test.each([
    ['root', 'base/api.yaml', 'runAsNonRoot: true', 'runAsNonRoot: false', 'carillon-api: may run as root'],
    ['no seccomp profile', 'base/worker.yaml', 'RuntimeDefault', 'Unconfined', 'carillon-worker: has no seccomp profile'],
    [
      'a writable file system',
      'base/migrate.yaml',
      'readOnlyRootFilesystem: true',
      'readOnlyRootFilesystem: false',
      'carillon-migrate: may write',
    ],
    [
      'privileges',
      'base/api.yaml',
      'allowPrivilegeEscalation: false',
      'allowPrivilegeEscalation: true',
      'carillon-api: may gain privileges',
    ],
    ['capabilities', 'base/api.yaml', 'drop: [ALL]', 'drop: [NET_RAW]', 'carillon-api: keeps capabilities'],
    ['the newest image', 'overlays/example/kustomization.yaml', 'newTag: 1.0.0', 'newTag: latest', 'not pinned to a version'],
    ['no limit of memory', 'base/worker.yaml', 'limits: { memory: 768Mi }', 'limits: {}', 'carillon-worker: has no limit of memory'],
    [
      'too little time to drain',
      'base/api.yaml',
      'terminationGracePeriodSeconds: 30',
      'terminationGracePeriodSeconds: 20',
      'carillon-api: is killed before',
    ],
    ['no pause before the end', 'base/api.yaml', 'seconds: 5 }', 'seconds: 0 }', 'carillon-api: stops while load balancers'],
    [
      'too little time to start',
      'base/worker.yaml',
      'failureThreshold: 40',
      'failureThreshold: 5',
      'is killed while it waits for migrations',
    ],
    ['readiness asked of liveness', 'base/api.yaml', 'path: /readyz', 'path: /healthz', 'readinessProbe does not ask for /readyz'],
    ['a probe without a port', 'base/worker.yaml', 'port: metrics }', 'port: http }', 'startupProbe asks a port that is not there'],
    [
      'a Secret that nobody makes',
      'base/api.yaml',
      'secretRef: { name: carillon-api }',
      'secretRef: { name: carillon }',
      'there is no Secret carillon',
    ],
    ['a setting that does not exist', 'base/worker.env', 'LOG_LEVEL=', 'LOGLEVEL=', 'carillon-worker: LOGLEVEL is no setting'],
    [
      'a setting that the service refuses',
      'base/api.env',
      'LOG_LEVEL=info',
      'LOG_LEVEL=loud',
      'carillon-api: LOG_LEVEL="loud": must be one of',
    ],
    ['another role', 'base/worker.env', 'ROLE=worker', 'ROLE=api', 'carillon-worker: has the role api'],
    [
      'an open door',
      'base/network-policies.yaml',
      'policyTypes: [Ingress, Egress]',
      'policyTypes: [Egress]',
      'no policy denies it Ingress',
    ],
    ['no way to the database', 'base/network-policies.yaml', 'port: 5432', 'port: 5433', 'no policy lets it out to port 5432'],
    [
      'no way to the provider',
      'base/network-policies.yaml',
      'port: 443 }\n        - { protocol: TCP, port: 465 }',
      'port: 465 }',
      'carillon-worker: no policy lets it out to port 443',
    ],
    [
      'a budget for nobody',
      'base/worker.yaml',
      'selector:\n    matchLabels: { app.kubernetes.io/name: carillon, app.kubernetes.io/component: worker }\n',
      'selector:\n    matchLabels: { app.kubernetes.io/name: bell }\n',
      'Deployment carillon-worker selects no pod',
    ],
    ['a Service without pods', 'base/api.yaml', 'targetPort: http', 'targetPort: web', 'Service carillon-api: no pod has the port web'],
    [
      'an Ingress without a Service',
      'overlays/example/ingress.yaml',
      'name: carillon-api',
      'name: carillon-web',
      'no Service carillon-web has the port http',
    ],
    [
      'WebSockets that end',
      'base/ingress.yaml',
      "proxy-read-timeout: '3600'",
      "proxy-read-timeout: '60'",
      'WebSockets end at proxy-read-timeout',
    ],
    [
      'an autoscaler without a Deployment',
      'base/api.yaml',
      'kind: Deployment, name: carillon-api',
      'kind: Deployment, name: carillon',
      'there is no Deployment carillon',
    ],
    ['replicas against the autoscaler', 'base/api.yaml', 'minReadySeconds: 5', 'replicas: 2', 'carillon-api: replicas undoes'],
    ['more pods than connections', 'base/api.yaml', 'maxReplicas: 6', 'maxReplicas: 9', 'connections, the database takes 300'],
    ['a lonely standby', 'database/cluster.yaml', 'instances: 3', 'instances: 2', 'one standby less'],
    ['no backups', 'overlays/example/database.yaml', 'plugins:', 'nothing:', 'the database is not backed up'],
  ])('%s would not pass', (_violation, file, right, wrong, fault) => {
    expect(kubernetesFaults(render(filledIn, [file, right, wrong])).join('\n')).toContain(fault);
  });
});

test('a kustomization that the tests cannot render is an error, not a gap', () => {
  expect(() => render(filledIn, ['base/kustomization.yaml', 'labels:', 'commonAnnotations: {}\nlabels:'])).toThrow(
    'commonAnnotations: not known here',
  );
  expect(() => render(filledIn, ['overlays/example/ingress.yaml', 'name: carillon\n', 'name: other\n'])).toThrow(
    'no Ingress other to patch',
  );
});
