// Runs the architecture rules, and fails as well when dependency-cruiser saw no modules: without a parser it reports success on nothing.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';

interface Report {
  readonly summary: {
    readonly totalCruised: number;
    readonly totalDependenciesCruised: number;
    readonly violations: readonly { readonly from: string; readonly to: string; readonly rule: { readonly name: string } }[];
  };
}

const { summary } = await cruise(['src', 'web/src'].filter((folder) => existsSync(folder)));

for (const { rule, from, to } of summary.violations) console.error(`${rule.name}: ${from} -> ${to}`);
console.log(`${summary.totalCruised} modules, ${summary.totalDependenciesCruised} dependencies, ${summary.violations.length} violations`);
if (summary.totalCruised === 0 || summary.totalDependenciesCruised === 0) {
  console.error('Nothing was cruised: the rules proved nothing. Is @swc/core installed?');
  process.exitCode = 1;
}
if (summary.violations.length > 0) process.exitCode = 1;

/** The exit code is ignored: it counts the violations, and the report names them. */
async function cruise(folders: readonly string[]): Promise<Report> {
  const args = [
    'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs',
    ...folders,
    '--config',
    '.dependency-cruiser.cjs',
    '--output-type',
    'json',
  ];
  return await new Promise((resolve, reject) => {
    execFile(process.execPath, args, { maxBuffer: 256 * 1024 * 1024 }, (error, stdout, stderr) => {
      try {
        resolve(JSON.parse(stdout) as Report);
      } catch {
        reject(new Error(`dependency-cruiser gave no report: ${stderr}`, { cause: error }));
      }
    });
  });
}
