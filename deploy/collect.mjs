// Copies the files that package.json names (portal.static) to the directory given.
import { cpSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const target = process.argv[2];
const files = JSON.parse(readFileSync("package.json", "utf8")).portal.static;
for (const [source, name] of Object.entries(files)) {
  mkdirSync(dirname(join(target, name)), { recursive: true });
  cpSync(join("node_modules", source), join(target, name));
}
