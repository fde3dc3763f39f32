#include "base/trace.h"

#include <cxxabi.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <typeinfo>

#include <framespool/errors.h>

namespace framespool::base {

namespace {

std::string TypeName(const char* mangled) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> name(abi::__cxa_demangle(mangled, nullptr, nullptr, &status), std::free);
  return status == 0 ? name.get() : mangled;
}

/// The class of an exception as Connect names one, without C++'s namespaces; "" for those of libraries, which say
/// nothing to whoever reads the message.
std::string ClassName(const std::type_info& type) {
  std::string name = TypeName(type.name());
  for (const char* library : {"std::", "boost::", "cv::", "__gnu_cxx::", "nlohmann::"}) {
    if (name.starts_with(library)) return "";
  }
  name.erase(std::min(name.find_first_of("<["), name.size()));
  const auto colons = name.rfind("::");
  return colons == std::string::npos ? name : name.substr(colons + 2);
}

}  // namespace

std::string DescribeCurrentException() {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    return "there is not enough memory";
  } catch (const std::exception& error) {
    const std::string name = ClassName(typeid(error));
    return (name.empty() ? "" : name + ": ") + error.what();
  } catch (...) {
    const std::type_info* type = abi::__cxa_current_exception_type();
    const std::string name = type ? ClassName(*type) : "";
    return "an exception of type " + (name.empty() ? std::string("unknown") : name) +
           ", which is no std::exception and so carries no message";
  }
}

Caught CurrentException() {
  const std::type_info* type = abi::__cxa_current_exception_type();
  Caught caught{.class_name = type != nullptr ? TypeName(type->name()) : "unknown", .message = {}};
  try {
    throw;
  } catch (const std::bad_alloc&) {
    caught.message = DescribeCurrentException();
  } catch (const std::exception& error) {
    caught.message = error.what();
  } catch (...) {
    caught.message = DescribeCurrentException();
  }
  return caught;
}

std::vector<Problem> ProblemsOfCurrentException() {
  try {
    throw;
  } catch (const Error& error) {
    if (!error.problems().empty()) return error.problems();
    return {{.message = error.what(), .kind = kind::kUnexpected}};
  } catch (const std::exception& error) {
    return {{.message = error.what(), .kind = kind::kUnexpected}};
  } catch (...) {
    return {{.message = DescribeCurrentException(), .kind = kind::kUnexpected}};
  }
}

}  // namespace framespool::base
