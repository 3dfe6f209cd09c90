/*
 * How an account stands to a desk, a request or an organization: a set of bits, found by the same statement that reads
 * the object, judged by desk/policy.h alone. Relations are facts of the moment; nothing keeps them over a transaction.
 */
#ifndef SD_STORE_RELATION_H
#define SD_STORE_RELATION_H

typedef enum sd_relation_t {
    SD_RELATION_ANYONE = 1 << 0,  /* every caller, signed in or not */
    SD_RELATION_ACCOUNT = 1 << 1, /* signed in with an enabled account */
    SD_RELATION_STAFF = 1 << 2,   /* agent or administrator of at least one desk */
    SD_RELATION_SYSTEM_ADMIN = 1 << 3,
    SD_RELATION_CUSTOMER = 1 << 4,      /* may enter the desk: by its list, an organization, or open access */
    SD_RELATION_AGENT = 1 << 5,         /* of the desk */
    SD_RELATION_DESK_ADMIN = 1 << 6,    /* of the desk */
    SD_RELATION_REPORTER = 1 << 7,      /* of the request; then it is not asked whether he is one of the next two */
    SD_RELATION_PARTICIPANT = 1 << 8,   /* of the request */
    SD_RELATION_ORGANIZATION = 1 << 9,  /* member of an organization that the request is shared with */
    SD_RELATION_MEMBER = 1 << 10,       /* of the organization */
    SD_RELATION_SYSTEM_READER = 1 << 11 /* system administrator whom a setting lets read; each read is audited */
} sd_relation_t;

typedef unsigned sd_relations_t; /* a set of sd_relation_t */

#endif
