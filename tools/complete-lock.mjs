// npm leaves optional packages of other platforms out of package-lock.json when the registry at hand does not serve
// them, and `npm ci` then refuses the lock ("Missing: ... from lock file"). This adds a stub entry for each, limited
// to its platform, so that one lock installs everywhere: `node tools/complete-lock.mjs` after each `npm install`.
import { readFileSync, writeFileSync } from 'node:fs';

const LOCK = 'package-lock.json';
const SYSTEMS = new Set([
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'wasi',
  'win32',
]);
const PROCESSORS = new Set([
  'arm',
  'arm64',
  'ia32',
  'loong64',
  'mips64el',
  'ppc64',
  'riscv64',
  's390x',
  'wasm32',
  'x64',
]);

const lock = JSON.parse(readFileSync(LOCK, 'utf8'));
const { '': root, ...packages } = lock.packages;
packages[''] = root;

/** The folders in which Node looks for a dependency of the package at `path`, nearest first. */
function searchPath(path) {
  const parents = [''];
  for (let at = path.indexOf('node_modules/'); at >= 0; at = path.indexOf('/node_modules/', at + 1)) {
    const end = path.indexOf('/node_modules/', at + 1);
    parents.unshift(`${end < 0 ? path : path.slice(0, end)}/`);
    if (end < 0) break;
  }
  return parents.map((parent) => `${parent}node_modules/`);
}

function platformOf(name) {
  const words = name.split(/[/-]/);
  return {
    os: [words.find((word) => SYSTEMS.has(word)) ?? 'none'],
    cpu: [words.find((word) => PROCESSORS.has(word)) ?? 'none'],
    ...(words.includes('musl') ? { libc: ['musl'] } : {}),
  };
}

let added = 0;
for (const [path, entry] of Object.entries({ ...packages })) {
  for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
    if (searchPath(path).some((folder) => packages[folder + name])) continue;
    packages[`node_modules/${name}`] = {
      version: range.replace(/^[\^~]/, ''),
      ...(entry.dev ? { dev: true } : {}),
      optional: true,
      ...platformOf(name),
    };
    added += 1;
  }
}

delete packages[''];
const sorted = Object.entries(packages).sort(([a], [b]) => a.localeCompare(b, 'en'));
writeFileSync(
  LOCK,
  `${JSON.stringify({ ...lock, packages: { '': root, ...Object.fromEntries(sorted) } }, null, 2)}\n`,
);
console.log(`${LOCK}: ${added} entries of other platforms added`);
