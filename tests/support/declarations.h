// What the public headers declare, read from the headers themselves: so that no test can forget a
// function, and a result that no comment names is noticed.
#pragma once

#include <set>
#include <string>
#include <vector>

namespace goc_test {

struct Declaration {
  std::string name;
  std::string parameters;  // as they are written
  std::string comment;     // of the function

  bool takes_number() const;  // a size, a count, a time or another number, not through a pointer
};

// Every function that is declared with GOC_API.
const std::vector<Declaration>& declarations();

// The names of the result codes that the comment of a function names, GOC_OK among them; also those
// of the functions to which it refers ("as goc_go()").
const std::set<std::string>& documented_results(const std::string& function);

// Whether a function may give this result; what is not negative is not a code.
bool documented(const std::string& function, int64_t result);

}  // namespace goc_test
