/** The one AssemblyScript type that assembly/layout.ts uses, as the host's compiler reads it. */

type u32 = number;
