// The table of result codes and the version of the library.
#include <cstring>
#include <set>
#include <string>

#include "fixture.h"

namespace {

struct Code {
  int value;
  const char* name;
  const char* text;
};
const Code kTable[] = {
#define GOC_ERROR(name, value, text) {value, #name, text},
#include <goconc/errors.def>
#undef GOC_ERROR
};

// Values are pinned for ever: this list only grows.
TEST(Errors, ValuesNeverChange) {
  EXPECT_EQ(GOC_OK, 0);
  EXPECT_EQ(GOC_EINVAL, -1);
  EXPECT_EQ(GOC_EBADHANDLE, -2);
  EXPECT_EQ(GOC_ENOMEM, -3);
  EXPECT_EQ(GOC_EAGAIN, -4);
  EXPECT_EQ(GOC_ETIMEDOUT, -5);
  EXPECT_EQ(GOC_ECLOSED, -6);
  EXPECT_EQ(GOC_ECANCELED, -7);
  EXPECT_EQ(GOC_EALREADY, -8);
  EXPECT_EQ(GOC_EPERM, -9);
  EXPECT_EQ(GOC_ENEGATIVE, -10);
  EXPECT_EQ(GOC_EDEADLK, -11);
  EXPECT_EQ(GOC_EOVERFLOW, -12);
  EXPECT_EQ(GOC_ETOOLATE, -13);
  EXPECT_EQ(GOC_EINTR, -14);
  EXPECT_EQ(GOC_PENDING, -15);
  EXPECT_EQ(GOC_EFDCLOSED, -16);
  EXPECT_EQ(GOC_ESYSTEM, -17);
  EXPECT_EQ(std::size(kTable), 18U) << "a new code: pin its value here";
}

TEST(Errors, EachHasAValueANameAndATextOfItsOwn) {
  std::set<std::string> names;
  std::set<std::string> texts;
  for (size_t i = 0; i < std::size(kTable); ++i) {
    EXPECT_EQ(kTable[i].value, -static_cast<int>(i)) << "no gap, no value twice";
    names.insert(goc_error_name(kTable[i].value));
    texts.insert(goc_strerror(kTable[i].value));
  }
  EXPECT_EQ(names.size(), std::size(kTable));
  EXPECT_EQ(texts.size(), std::size(kTable));
}

TEST(Errors, NamesAndTextsAreThoseOfTheTable) {
  for (const Code& code : kTable) {
    EXPECT_STREQ(goc_error_name(code.value), code.name);
    EXPECT_STREQ(goc_strerror(code.value), code.text);
  }
  EXPECT_STREQ(goc_error_name(GOC_ECLOSED), "GOC_ECLOSED");
}

TEST(Errors, OtherValuesAreUnknown) {
  const int past_the_end = -static_cast<int>(std::size(kTable));
  for (const int code : {1, past_the_end, -1000, INT32_MIN, INT32_MAX}) {
    EXPECT_STREQ(goc_error_name(code), "GOC_UNKNOWN") << code;
    EXPECT_STREQ(goc_strerror(code), "unknown error") << code;
  }
}

TEST(Errors, TextsAreStatic) {
  EXPECT_EQ(goc_strerror(GOC_EPERM), goc_strerror(GOC_EPERM));
  EXPECT_EQ(goc_error_name(12345), goc_error_name(54321));
}

TEST(Version, OfTheLibraryIsThatOfTheHeader) {
  EXPECT_STREQ(goc_version(), GOC_VERSION_STRING);
  EXPECT_EQ(goc_abi_version(), GOC_ABI_VERSION);
  const std::string parts = std::to_string(GOC_VERSION_MAJOR) + '.' +
                            std::to_string(GOC_VERSION_MINOR) + '.' +
                            std::to_string(GOC_VERSION_PATCH);
  EXPECT_EQ(goc_version(), parts);
}

}  // namespace
