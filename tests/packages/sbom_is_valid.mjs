// Holds a bill of materials against CycloneDX's schema, with no property more than it knows.
import { readFileSync } from "node:fs";
import { Spec, Validation } from "@cyclonedx/cyclonedx-library";

const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot5);
const problems = await validator.validate(readFileSync(process.argv[2], "utf8"));
console.log(problems ?? "CycloneDX 1.5 holds");
process.exit(problems ? 1 : 0);
