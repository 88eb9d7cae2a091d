#!/bin/sh
# Stands in for /usr/sbin/policy-rc.d while packages are installed: no daemon is to be started.
exit 101
