/* other_abi.c: a libgoconc.so.1 that says it has another binary interface. */
int goc_abi_version(void);
int goc_abi_version(void) { return 999; }
