// Copies the files that a table of package.json names (portal.static, portal.fonts) to the directory given.
import { cpSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const [, , table, target] = process.argv;
const files = JSON.parse(readFileSync("package.json", "utf8")).portal[table];
for (const [source, name] of Object.entries(files)) {
  mkdirSync(dirname(join(target, name)), { recursive: true });
  cpSync(join("node_modules", source), join(target, name));
}
