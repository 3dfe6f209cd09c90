# Builds, runs and tests mod_servicedesk: `make -f apxs.mk help` lists what there is.
#
# Everything made goes into $(BUILD). The flags of httpd and APR are asked from apxs once and kept in response files, so
# that a start with nothing to do is quick. base/, store/ and desk/ are compiled without httpd's include directory: that
# they compile proves that they know no httpd type.

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:

TOP := $(patsubst %/,%,$(dir $(abspath $(lastword $(MAKEFILE_LIST)))))
ifneq ($(TOP),$(CURDIR))
$(error run make in $(TOP))
endif

APXS ?= apxs
PORT ?= 8080
RUN_DIR ?= run
PREFIX ?= /usr/local
CFLAGS ?= -O2 -g
ifeq ($(origin CC),default)
CC := gcc
endif

# ASAN=1 builds with AddressSanitizer and UBSan, FUZZ=1 (clang) for libFuzzer; each keeps to a directory of its own.
ifdef ASAN
BUILD ?= .build/asan
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
endif
ifdef FUZZ
CC := clang
BUILD ?= .build/fuzz
SANITIZE := -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
endif
BUILD ?= .build

ifneq ($(filter clean,$(MAKECMDGOALS)),)
.NOTPARALLEL:
endif
ifeq ($(MAKELEVEL),0)
MAKEFLAGS += -j$(shell nproc) --no-print-directory
endif

# An ordinary user's PATH has no sbin, where httpd is.
export PATH := $(PATH):/usr/local/sbin:/usr/sbin:/sbin

WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 $(if $(WERROR),-Werror)
FORTIFY := $(if $(SANITIZE),,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
VISIBILITY := hidden
COMPILE = $(CC) -std=gnu11 -pthread -fPIC -fvisibility=$(VISIBILITY) -fstack-protector-strong $(WARNINGS) $(FORTIFY) \
	$(CPPFLAGS) $(CFLAGS) $(SANITIZE) -Imod_servicedesk -Iinclude
LINK = $(CC) -pthread $(CFLAGS) $(SANITIZE) $(LDFLAGS) -Wl,--as-needed -Wl,-z,relro,-z,now
MAIL_LIBRARIES = -lcurl @$(FLAGS)/gmime.link
LIBRARIES := -lldap -llber -lcrypto -lgd -lqrencode -lm -ljansson -lsqlite3 -lpq -lunistring -lidn2 -lcrack -lpthread

LIB_SOURCES := $(wildcard $(patsubst %,mod_servicedesk/%/*.c,base store desk))
MODULE_SOURCES := $(wildcard mod_servicedesk/*.c $(patsubst %,mod_servicedesk/%/*.c,server web rest portal mail))
WEB_SOURCES := $(wildcard $(patsubst %,mod_servicedesk/%/*.c,web mail))
TOOL_SOURCES := $(wildcard mod_servicedesk/tool/*.c)
EMBED_DIRS := $(wildcard $(addprefix mod_servicedesk/,portal/templates mail/templates portal/static portal/languages))
EMBED_FILES := $(wildcard $(addsuffix /*.*,$(EMBED_DIRS)))
UNIT_SOURCES := $(wildcard t/unit/*.c)
BENCH_SOURCES := $(wildcard t/bench/*.c)
FUZZ_SOURCES := $(wildcard t/fuzz/*.c)

objects = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
EMBEDDED := $(BUILD)/obj/embedded.o
LIB := $(BUILD)/libservicedesk.a
MODULE := $(if $(MODULE_SOURCES),$(BUILD)/mod_servicedesk.so)
TOOL := $(if $(TOOL_SOURCES),$(BUILD)/servicedeskctl)
UNITS := $(patsubst t/unit/%.c,$(BUILD)/unit/%,$(UNIT_SOURCES))
BENCHES := $(patsubst t/bench/%.c,$(BUILD)/bench/%,$(BENCH_SOURCES))
FUZZERS := $(patsubst t/fuzz/%.c,$(BUILD)/fuzz/%,$(FUZZ_SOURCES))
SCRIPT_ENV := SD_TOP='$(TOP)' SD_BUILD='$(abspath $(BUILD))' APXS='$(APXS)'

.PHONY: all
all: $(LIB) $(MODULE) $(TOOL) ## build the module and servicedeskctl into .build/

.PHONY: run
run: all ## start a private httpd with demo data in the foreground (PORT=8080 RUN_DIR=run DB=sqlite|pgsql)
	@exec env $(SCRIPT_ENV) PORT='$(PORT)' RUN_DIR='$(RUN_DIR)' DB='$(DB)' conf/run

.PHONY: test
test: all units benches ## house rules, unit tests, HTTP tests (DB=sqlite|pgsql picks one)
	@exec env $(SCRIPT_ENV) DB='$(DB)' t/as-nobody t/suite

.PHONY: test-long
test-long: all units benches ## run the long tests: sanitizers, memory growth, faults, a day of a site
	@+exec env $(SCRIPT_ENV) t/long/run

.PHONY: bench
bench: all benches ## measure requests a second and CPU a request beside a static file (DB=sqlite|pgsql)
	@exec env $(SCRIPT_ENV) DB='$(DB)' t/bench/run

.PHONY: fuzz
fuzz: deps ## build the parsers for libFuzzer and fuzz them
	@+$(MAKE) -f apxs.mk DEPS=no FUZZ=1 fuzzers
	@exec env $(SCRIPT_ENV) SD_FUZZERS='$(TOP)/.build/fuzz/fuzz' t/fuzz/run

.PHONY: check
check: check-format check-house check-gcc check-clang check-tidy check-speed ## format, warnings, clang-tidy, speed

.PHONY: units benches fuzzers
units: $(UNITS)
benches: $(BENCHES)
fuzzers: $(FUZZERS)

# What the goals of this run need, and no more: `run` needs neither node nor cmocka. DEPS=no asks for nothing.
GROUPS := build
GROUPS += $(if $(filter run test test-long bench deps,$(MAKECMDGOALS)),run)
GROUPS += $(if $(filter pgsql,$(DB)),pgsql)
GROUPS += $(if $(filter test units test-long deps,$(MAKECMDGOALS)),test)
GROUPS += $(if $(filter check check-%,$(MAKECMDGOALS)),check)
GROUPS += $(if $(filter bench,$(MAKECMDGOALS)),bench $(if $(filter pgsql,$(DB)),test))
GROUPS += $(if $(filter fuzz test-long,$(MAKECMDGOALS)),fuzz)
GROUPS += $(if $(filter test-long,$(MAKECMDGOALS)),long)

.PHONY: deps
deps: ## add the Debian and npm packages that are missing (DEPS=no skips it)
ifneq ($(DEPS),no)
	@APXS='$(APXS)' t/deps $(GROUPS)
endif

.PHONY: install
install: all ## install the module with apxs, and servicedeskctl into PREFIX/sbin
	$(APXS) -i -n servicedesk $(MODULE)
	install -D -m 0755 $(TOOL) '$(DESTDIR)$(PREFIX)/sbin/servicedeskctl'

.PHONY: clean
clean: ## remove everything built (never RUN_DIR)
	rm -rf .build

.PHONY: help
help: ## list the targets
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/\1\t\2/p' apxs.mk | sort | awk -F '\t' '{printf "%-10s %s\n", $$1, $$2}'

# Flags. $(BUILD)/flags/command changes when compiler or flags do, and everything is built anew.

FLAGS := $(BUILD)/flags

$(FLAGS)/command: force
	@mkdir -p $(@D)
	@printf '%s\n' '$(COMPILE)' '$(LINK)' '$(APXS)' | cmp -s - $@ || printf '%s\n' '$(COMPILE)' '$(LINK)' '$(APXS)' > $@

.PHONY: force
force:

# Their headers come in as system headers: warnings are about our code.
$(FLAGS)/apr: $(FLAGS)/command apxs.mk | deps
	@apr=$$($(APXS) -q APR_CONFIG) apu=$$($(APXS) -q APU_CONFIG) && \
	{ $${apr:=apr-1-config} --includes --cppflags && $${apu:=apu-1-config} --includes; } \
		| sed 's/-I */-isystem /g; s,-isystem /usr/include *$$,,' > $@ && \
	echo "-isystem $$(pg_config --includedir)" >> $@ && \
	{ $$apu --link-ld && $$apr --link-ld; } > $@.link

$(FLAGS)/httpd: $(FLAGS)/apr
	@includes=$$($(APXS) -q INCLUDEDIR) flags=$$($(APXS) -q EXTRA_CPPFLAGS) && \
	echo "-isystem $$includes $$flags" > $@

$(FLAGS)/gmime: $(FLAGS)/command | deps
	@pkg-config --cflags gmime-3.0 | sed 's/-I */-isystem /g' > $@ && pkg-config --libs gmime-3.0 > $@.link

# Only the module record leaves the module. httpd's macro gives it no visibility of its own.
$(call objects,mod_servicedesk/mod_servicedesk.c): VISIBILITY := default
$(BUILD)/exports.map: apxs.mk
	@mkdir -p $(@D)
	@echo '{ global: servicedesk_module; local: *; };' > $@

# V=1 shows the whole commands.
say = $(if $(V),,@printf '%-3s %s\n' '$(1)' '$@' && )

# Objects, each with its headers (-MMD).

$(call objects,$(MODULE_SOURCES)): $(BUILD)/obj/%.o: %.c $(FLAGS)/httpd
	@mkdir -p $(@D)
	$(call say,CC)$(COMPILE) @$(FLAGS)/apr @$(FLAGS)/httpd -MMD -MP -c -o $@ $<

$(call objects,$(LIB_SOURCES) $(TOOL_SOURCES) $(UNIT_SOURCES) $(BENCH_SOURCES) $(FUZZ_SOURCES)): \
		$(BUILD)/obj/%.o: %.c $(FLAGS)/apr
	@mkdir -p $(@D)
	$(call say,CC)$(COMPILE) @$(FLAGS)/apr -MMD -MP -c -o $@ $<

# Templates, styles and messages become C; a file that went away leaves the module.
$(BUILD)/embedded.c: mod_servicedesk/web/embed.pl $(EMBED_FILES) $(EMBED_DIRS)
	@mkdir -p $(@D)
	$(call say,GEN)mod_servicedesk/web/embed.pl $(EMBED_FILES) > $@

$(EMBEDDED): $(BUILD)/embedded.c $(FLAGS)/apr
	@mkdir -p $(@D)
	$(call say,CC)$(COMPILE) @$(FLAGS)/apr -MMD -MP -c -o $@ $<

# GMime's headers are for who speaks MIME alone.
$(call objects,$(wildcard mod_servicedesk/mail/*.c)): CPPFLAGS += @$(FLAGS)/gmime
$(call objects,$(wildcard mod_servicedesk/mail/*.c)): $(FLAGS)/gmime

# The directories: a source that went away leaves the archive.
$(LIB): $(call objects,$(LIB_SOURCES)) $(sort $(dir $(LIB_SOURCES)))
	@rm -f $@
	$(call say,AR)ar rcs $@ $(filter %.o,$^)

$(BUILD)/mod_servicedesk.so: $(call objects,$(MODULE_SOURCES)) $(EMBEDDED) $(LIB) $(BUILD)/exports.map
	$(call say,LD)$(LINK) -shared -Wl,--version-script=$(BUILD)/exports.map $(if $(SANITIZE),-Wl$(,)-z$(,)nodelete) \
		-o $@ $(filter %.o,$^) $(LIB) @$(FLAGS)/apr.link $(LIBRARIES) $(MAIL_LIBRARIES)

$(BUILD)/servicedeskctl: $(call objects,$(TOOL_SOURCES)) $(LIB)
	$(call say,LD)$(LINK) -pie -o $@ $^ @$(FLAGS)/apr.link $(LIBRARIES)

# The parts of web/ that know no httpd, for unit tests and fuzzers: what needs httpd stays in the archive.
WEB := $(BUILD)/libweb.a
$(WEB): $(call objects,$(WEB_SOURCES)) $(EMBEDDED) $(sort $(dir $(WEB_SOURCES)))
	@rm -f $@
	$(call say,AR)ar rcs $@ $(filter %.o,$^)

$(UNITS): $(BUILD)/unit/%: $(BUILD)/obj/t/unit/%.o $(WEB) $(LIB)
	@mkdir -p $(@D)
	$(call say,LD)$(LINK) -pie -o $@ $< $(UNIT_ARCHIVES) -lcmocka @$(FLAGS)/apr.link $(LIBRARIES) $(MAIL_LIBRARIES)

# The query plan test looks at every statement of the library, called by it or not.
UNIT_ARCHIVES = $(WEB) $(LIB)
$(BUILD)/unit/store_plans: UNIT_ARCHIVES = -Wl,--whole-archive $(LIB) -Wl,--no-whole-archive

$(BENCHES): $(BUILD)/bench/%: $(BUILD)/obj/t/bench/%.o $(LIB)
	@mkdir -p $(@D)
	$(call say,LD)$(LINK) -pie -o $@ $^ @$(FLAGS)/apr.link $(LIBRARIES)

$(FUZZERS): $(BUILD)/fuzz/%: $(BUILD)/obj/t/fuzz/%.o $(WEB) $(LIB)
	@mkdir -p $(@D)
	$(call say,LD)$(LINK) -fsanitize=fuzzer -o $@ $^ @$(FLAGS)/apr.link $(LIBRARIES) $(MAIL_LIBRARIES)

, := ,

-include $(patsubst %.o,%.d,$(call objects,$(LIB_SOURCES) $(MODULE_SOURCES) $(TOOL_SOURCES) $(UNIT_SOURCES) \
	$(BENCH_SOURCES) $(FUZZ_SOURCES)) $(EMBEDDED))

# The parts of `check`.

C_FILES := $(LIB_SOURCES) $(MODULE_SOURCES) $(TOOL_SOURCES) $(UNIT_SOURCES) $(BENCH_SOURCES) $(FUZZ_SOURCES)
H_FILES := $(wildcard include/*.h mod_servicedesk/*.h mod_servicedesk/*/*.h t/unit/*.h t/bench/*.h t/fuzz/*.h)

.PHONY: check-format check-gcc check-clang check-tidy check-house check-speed
check-format: deps
	@clang-format --dry-run -Werror $(C_FILES) $(H_FILES)

.PHONY: format
format: ## format the C files in place with clang-format
	@clang-format -i $(C_FILES) $(H_FILES)

check-gcc check-clang: check-%: deps
	@+$(MAKE) -f apxs.mk DEPS=no WERROR=1 CC=$* BUILD=.build/$* all units benches

TIDY = clang-tidy --quiet "$$@" -- -std=gnu11 -Imod_servicedesk -Iinclude \
	$$(cat $(FLAGS)/apr $(FLAGS)/httpd $(FLAGS)/gmime)
check-tidy: $(FLAGS)/httpd $(FLAGS)/gmime
	@printf '%s\n' $(filter mod_servicedesk/%,$(C_FILES)) | xargs -P $$(nproc) -n 4 sh -c 'exec $(TIDY)' tidy

check-house: all
	env $(SCRIPT_ENV) prove t/house.t

# Instructions of operations beside those of their SQL.
check-speed: all benches
	env $(SCRIPT_ENV) perl t/bench/guard.pl
