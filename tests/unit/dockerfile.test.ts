// deploy/Dockerfile keeps its rules, and each rule is proven on a violation planted in it.
import { describe, expect, test } from 'vitest';
import { dockerfileText } from '../support/dockerfile.ts';
import { dockerfileFaults } from '../support/dockerfile-rules.ts';

describe('deploy/Dockerfile', () => {
  test('keeps every rule', () => {
    expect(dockerfileFaults(dockerfileText)).toEqual([]);
  });

  test.each([
    ['an instruction that does not exist', 'WORKDIR /app', 'WORKDIRECTORY /app', 'Unknown instruction: WORKDIRECTORY'],
    ['a maintainer', 'EXPOSE 4000', 'MAINTAINER somebody', 'MAINTAINER has been deprecated'],
    ['another Node.js', 'node:26.10.0-trixie-slim', 'node:latest', 'the base image node:latest is not node:'],
    ['ADD', 'COPY migrations', 'ADD migrations', 'ADD fetches and unpacks'],
    ['npm install', 'RUN npm ci\n', 'RUN npm install\n', 'npm ci installs what the lock file says'],
    ['a download', 'RUN npm run build', 'RUN npm run build && curl https://example.org', 'everything comes from the base image'],
    ['a secret in the image', 'EXPOSE 4000', 'ENV PROVIDER_TOKEN=abc', 'ENV keeps a secret in the image'],
    ['a stage that does not exist', '--from=build', '--from=builder', 'there is no stage builder'],
    ['root', 'USER 1000:1000', 'USER root', 'USER must be a number'],
    ['a program behind npm', 'CMD ["node", "dist/main.js"]', 'CMD ["npm", "start"]', 'CMD must start node itself'],
    ['a command in a shell', 'CMD ["node", "dist/main.js"]', 'CMD node dist/main.js', 'CMD must start node itself'],
    ['a health check by curl', '"node", "deploy/health-check.ts"', '"curl", "http://127.0.0.1:4000"', 'HEALTHCHECK must run node'],
    ['libraries of development', '--omit=dev ', '', 'the libraries are not those of production alone'],
    ['a file from outside', 'COPY migrations ./migrations', 'COPY bench ./bench', 'COPY bench: .dockerignore keeps it out'],
  ])('would not pass with %s', (_violation, right, wrong, fault) => {
    expect(dockerfileText).toContain(right);
    expect(dockerfileFaults(dockerfileText.replaceAll(right, wrong)).join('\n')).toContain(fault);
  });

  test.each([
    ['that lets everything in', 'node_modules\n', '.dockerignore must begin with *'],
    ['that lets the secrets in', '*\n!.env\n', '.dockerignore lets .env in'],
    ['that keeps the build from its files', '*\n!package.json\n', 'npm run build reads tsconfig.build.json'],
  ])('would not pass with a .dockerignore %s', (_violation, ignore, fault) => {
    expect(dockerfileFaults(dockerfileText, ignore).join('\n')).toContain(fault);
  });

  test('is held to what the build of the console reads as well', () => {
    const build = 'tsc -p tsconfig.build.json && vite build bench --logLevel warn';
    expect(dockerfileFaults(dockerfileText, undefined, build)).toEqual(['npm run build reads bench: .dockerignore keeps it out']);
  });
});
