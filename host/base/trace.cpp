#include "base/trace.h"

#include <cxxabi.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <iterator>
#include <memory>
#include <new>
#include <string>
#include <typeinfo>
#include <utility>
#include <variant>

#include <framespool/errors.h>

namespace framespool::base {

namespace {

std::string TypeName(const char* mangled) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> name(abi::__cxa_demangle(mangled, nullptr, nullptr, &status), std::free);
  return status == 0 ? name.get() : mangled;
}

constexpr std::size_t kMostText = 32 << 10;  // of a message: a backtrace fits in
constexpr std::size_t kMostFact = 4 << 10;
constexpr std::size_t kMostProblems = 100;
constexpr std::size_t kMostFacts = 100;  // of one problem

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

void Cut(std::string& text, std::size_t most) {
  if (text.size() <= most) return;
  const std::size_t left = text.size() - most;
  text.resize(most);
  // Not within a character.
  while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xc0) == 0x80) text.pop_back();
  if (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xc0) == 0xc0) text.pop_back();
  text += "… (" + std::to_string(left) + " bytes more)";
  text.shrink_to_fit();
}

std::string WhatOf(const std::exception& error) {
  const char* const what = error.what();
  if (what == nullptr) return "an exception that says nothing";
  std::string text = what;
  Cut(text, kMostText);
  return text;
}

std::vector<Problem> Bounded(std::vector<Problem> problems) {
  if (problems.size() > kMostProblems) {
    const std::size_t left = problems.size() - kMostProblems + 1;
    problems.resize(kMostProblems - 1);
    problems.push_back({.message = "and " + std::to_string(left) + " more problems", .kind = kind::kUnexpected});
  }
  for (Problem& problem : problems) {
    Cut(problem.field, kMostFact);
    Cut(problem.message, kMostText);
    while (problem.facts.size() > kMostFacts) problem.facts.erase(std::prev(problem.facts.end()));
    for (auto& [name, fact] : problem.facts) {
      if (auto* text = std::get_if<std::string>(&fact)) Cut(*text, kMostFact);
    }
  }
  return problems;
}

std::string DescribeCurrentException() {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    return "there is not enough memory";
  } catch (const std::exception& error) {
    const std::string name = ClassName(typeid(error));
    return (name.empty() ? "" : name + ": ") + WhatOf(error);
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
    caught.message = WhatOf(error);
  } catch (...) {
    caught.message = DescribeCurrentException();
  }
  return caught;
}

std::vector<Problem> ProblemsOfCurrentException() {
  try {
    throw;
  } catch (const Error& error) {
    if (!error.problems().empty()) return Bounded(error.problems());
    return {{.message = WhatOf(error), .kind = kind::kUnexpected}};
  } catch (const std::exception& error) {
    return {{.message = WhatOf(error), .kind = kind::kUnexpected}};
  } catch (...) {
    return {{.message = DescribeCurrentException(), .kind = kind::kUnexpected}};
  }
}

}  // namespace framespool::base
