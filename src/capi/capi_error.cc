// goconc/error.h and goconc/version.h: all from the table.
#include <goconc/error.h>
#include <goconc/runtime.h>

const char* goc_error_name(int code) {
  switch (code) {
#define GOC_ERROR(name, value, text) \
  case value:                        \
    return #name;
#include <goconc/errors.def>
#undef GOC_ERROR
    default:
      return "GOC_UNKNOWN";
  }
}

const char* goc_strerror(int code) {
  switch (code) {
#define GOC_ERROR(name, value, text) \
  case value:                        \
    return text;
#include <goconc/errors.def>
#undef GOC_ERROR
    default:
      return "unknown error";
  }
}

const char* goc_version(void) { return GOC_VERSION_STRING; }
int goc_abi_version(void) { return GOC_ABI_VERSION; }
