// Boost.Asio and Boost.Beast as far as they need not be compiled with every file that uses them.
#include <boost/asio/impl/src.hpp>
#include <boost/beast/src.hpp>
