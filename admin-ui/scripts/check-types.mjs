// Holds src/api/schema.gen.ts to schemas/openapi.yaml, byte for byte. To renew it: npm run types
import { readFileSync } from 'node:fs';
import openapiTS, { astToString, COMMENT_HEADER } from 'openapi-typescript';

const generated = COMMENT_HEADER + astToString(await openapiTS(new URL('../../schemas/openapi.yaml', import.meta.url)));
const committed = readFileSync(new URL('../src/api/schema.gen.ts', import.meta.url), 'utf8');
if (generated !== committed) {
  console.error(
    'src/api/schema.gen.ts is not what schemas/openapi.yaml says: run "npm run types" in admin-ui/ and commit it',
  );
  process.exit(1);
}
console.log('schema.gen.ts is what openapi.yaml says');
