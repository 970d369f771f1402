SELECT pg_catalog.set_config('search_path', '', false);
CREATE TABLE public.analyses (
    id character varying NOT NULL,
    started_at timestamp with time zone NOT NULL,
    calls integer NOT NULL,
    settings json NOT NULL
);
CREATE TABLE public.assignments (
    call_id character varying NOT NULL,
    task_id character varying,
    variant integer,
    prompt bigint,
    answer bigint,
    kind character varying,
    input_tokens integer DEFAULT 0 NOT NULL,
    output_tokens integer DEFAULT 0 NOT NULL,
    tokens_estimated boolean DEFAULT false NOT NULL,
    cost_usd double precision
);
CREATE TABLE public.audit (
    seq bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    who character varying NOT NULL,
    action character varying NOT NULL,
    subject character varying NOT NULL,
    detail json NOT NULL
);
CREATE SEQUENCE public.audit_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.audit_seq_seq OWNED BY public.audit.seq;
CREATE TABLE public.bundles (
    id character varying NOT NULL,
    task_id character varying NOT NULL,
    dataset_id character varying,
    created_at timestamp with time zone NOT NULL,
    path character varying NOT NULL,
    verdict character varying NOT NULL,
    manifest_sha256 character varying NOT NULL,
    retired_at timestamp with time zone,
    retired_because character varying
);
CREATE TABLE public.calls (
    seq bigint NOT NULL,
    id character varying NOT NULL,
    trace_id character varying,
    parent_id character varying,
    call_index integer,
    app character varying,
    agent character varying,
    provider character varying,
    model character varying,
    operation character varying NOT NULL,
    framework character varying,
    started_at timestamp with time zone,
    recorded_at timestamp with time zone NOT NULL,
    duration_ms double precision,
    time_to_first_token_ms double precision,
    prompt_id bytea,
    tools_id bytea,
    response_format_id bytea,
    response_id bytea,
    error_id bytea,
    extra_id bytea,
    input_tokens integer,
    output_tokens integer,
    cached_tokens integer,
    reasoning_tokens integer,
    cost_usd double precision,
    audience character varying NOT NULL,
    origin character varying,
    served_by character varying NOT NULL
);
CREATE SEQUENCE public.calls_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.calls_seq_seq OWNED BY public.calls.seq;
CREATE TABLE public.contents (
    id bytea NOT NULL,
    codec integer NOT NULL,
    size integer NOT NULL,
    data bytea NOT NULL,
    key_number integer DEFAULT 0 NOT NULL,
    state integer DEFAULT 0 NOT NULL
);
CREATE TABLE public.dataset_items (
    dataset_id character varying NOT NULL,
    call_id character varying NOT NULL,
    split character varying NOT NULL,
    origin character varying
);
CREATE TABLE public.datasets (
    id character varying NOT NULL,
    task_id character varying NOT NULL,
    created_at timestamp with time zone NOT NULL,
    erased_calls integer DEFAULT 0 NOT NULL,
    version integer DEFAULT 0 NOT NULL,
    digest character varying DEFAULT ''::character varying NOT NULL,
    settings json DEFAULT '{}'::json NOT NULL
);
CREATE TABLE public.entities (
    id bytea NOT NULL,
    type character varying NOT NULL,
    codec integer NOT NULL,
    size integer NOT NULL,
    key_number integer NOT NULL,
    data bytea NOT NULL
);
CREATE TABLE public.erasures (
    id character varying NOT NULL,
    requested_at timestamp with time zone NOT NULL,
    requested_by character varying NOT NULL,
    origins json NOT NULL,
    proof json NOT NULL,
    deleted_at timestamp with time zone,
    scrubbed_at timestamp with time zone
);
CREATE TABLE public.flags (
    seq bigint NOT NULL,
    task_id character varying NOT NULL,
    mode character varying NOT NULL,
    rate double precision NOT NULL,
    set_at timestamp with time zone NOT NULL,
    set_by character varying NOT NULL
);
CREATE SEQUENCE public.flags_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.flags_seq_seq OWNED BY public.flags.seq;
CREATE TABLE public.grants (
    grantee character varying NOT NULL,
    app character varying NOT NULL,
    role character varying NOT NULL
);
CREATE TABLE public.mentions (
    seq bigint NOT NULL,
    id bytea NOT NULL,
    scope character varying NOT NULL,
    entity_id bytea NOT NULL
);
CREATE SEQUENCE public.mentions_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.mentions_seq_seq OWNED BY public.mentions.seq;
CREATE TABLE public.meta (
    key character varying NOT NULL,
    value bytea NOT NULL
);
COMMENT ON TABLE public.meta IS 'facts about this database: the epoch of its contents';
CREATE TABLE public.nodes (
    id bytea NOT NULL,
    parent_id bytea,
    content_id bytea NOT NULL,
    depth integer NOT NULL
);
CREATE TABLE public.observations (
    seq bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    task_id character varying NOT NULL,
    bundle_id character varying NOT NULL,
    mode character varying NOT NULL,
    accepted boolean NOT NULL,
    agreed boolean NOT NULL,
    score double precision NOT NULL,
    student_ms double precision NOT NULL,
    teacher_ms double precision,
    call_id character varying,
    trace_id character varying
);
CREATE SEQUENCE public.observations_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.observations_seq_seq OWNED BY public.observations.seq;
CREATE TABLE public.outcomes (
    seq bigint NOT NULL,
    id character varying NOT NULL,
    call_id character varying,
    trace_id character varying,
    name character varying NOT NULL,
    good boolean NOT NULL,
    score double precision,
    at timestamp with time zone
);
CREATE SEQUENCE public.outcomes_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.outcomes_seq_seq OWNED BY public.outcomes.seq;
CREATE TABLE public.retention (
    app character varying NOT NULL,
    days double precision,
    calls integer,
    bytes bigint,
    set_at timestamp with time zone NOT NULL,
    set_by character varying NOT NULL
);
CREATE TABLE public.secrets (
    number integer NOT NULL,
    purpose character varying NOT NULL,
    wrapped bytea NOT NULL,
    wrapped_by character varying NOT NULL,
    made_at timestamp with time zone NOT NULL
);
CREATE TABLE public.slm_instrument_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.tallies (
    hour timestamp with time zone NOT NULL,
    task_id character varying NOT NULL,
    bundle_id character varying NOT NULL,
    mode character varying NOT NULL,
    reason character varying NOT NULL,
    calls bigint NOT NULL,
    student_ms double precision NOT NULL
);
CREATE TABLE public.tasks (
    id character varying NOT NULL,
    analysis_id character varying NOT NULL,
    calls integer NOT NULL,
    content_id bytea NOT NULL
);
CREATE TABLE public.transitions (
    seq bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    task_id character varying NOT NULL,
    bundle_id character varying NOT NULL,
    number integer NOT NULL,
    before character varying NOT NULL,
    after character varying NOT NULL,
    because character varying NOT NULL,
    numbers json NOT NULL
);
CREATE SEQUENCE public.transitions_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.transitions_seq_seq OWNED BY public.transitions.seq;
ALTER TABLE ONLY public.audit ALTER COLUMN seq SET DEFAULT nextval('public.audit_seq_seq'::regclass);
ALTER TABLE ONLY public.calls ALTER COLUMN seq SET DEFAULT nextval('public.calls_seq_seq'::regclass);
ALTER TABLE ONLY public.flags ALTER COLUMN seq SET DEFAULT nextval('public.flags_seq_seq'::regclass);
ALTER TABLE ONLY public.mentions ALTER COLUMN seq SET DEFAULT nextval('public.mentions_seq_seq'::regclass);
ALTER TABLE ONLY public.observations ALTER COLUMN seq SET DEFAULT nextval('public.observations_seq_seq'::regclass);
ALTER TABLE ONLY public.outcomes ALTER COLUMN seq SET DEFAULT nextval('public.outcomes_seq_seq'::regclass);
ALTER TABLE ONLY public.transitions ALTER COLUMN seq SET DEFAULT nextval('public.transitions_seq_seq'::regclass);
INSERT INTO public.analyses VALUES ('a1', '2026-05-04 03:02:01.123456+00', 14, '{"seed": 0}');
INSERT INTO public.assignments VALUES ('call-0', 't1', NULL, 1, 2, NULL, 0, 0, false, NULL);
INSERT INTO public.assignments VALUES ('call-1', 't1', NULL, 1, 2, NULL, 0, 0, false, NULL);
INSERT INTO public.assignments VALUES ('call-2', 't1', NULL, 1, 2, NULL, 0, 0, false, NULL);
INSERT INTO public.assignments VALUES ('call-3', 't1', NULL, 1, 2, NULL, 0, 0, false, NULL);
INSERT INTO public.assignments VALUES ('call-4', 't1', NULL, 1, 2, NULL, 0, 0, false, NULL);
INSERT INTO public.assignments VALUES ('call-5', 't1', NULL, 1, 2, NULL, 0, 0, false, NULL);
INSERT INTO public.assignments VALUES ('call-6', 't1', NULL, 1, 2, NULL, 0, 0, false, NULL);
INSERT INTO public.assignments VALUES ('call-7', 't1', NULL, 1, 2, NULL, 0, 0, false, NULL);
INSERT INTO public.assignments VALUES ('call-8', 't1', NULL, 1, 2, NULL, 0, 0, false, NULL);
INSERT INTO public.assignments VALUES ('call-9', 't1', NULL, 1, 2, NULL, 0, 0, false, NULL);
INSERT INTO public.assignments VALUES ('call-10', 't1', NULL, 1, 2, NULL, 0, 0, false, NULL);
INSERT INTO public.assignments VALUES ('call-11', 't1', NULL, 1, 2, NULL, 0, 0, false, NULL);
INSERT INTO public.assignments VALUES ('full', NULL, NULL, 1, 2, NULL, 0, 0, false, NULL);
INSERT INTO public.assignments VALUES ('failed', NULL, NULL, 1, 2, NULL, 0, 0, false, NULL);
INSERT INTO public.audit VALUES (1, '2026-05-04 03:02:01.123456+00', 'ann', 'export', '*', '{"calls": 3}');
INSERT INTO public.audit VALUES (2, '2026-05-04 03:02:01.123456+00', 'auto', 'shadow -> canary', 't1', '{"bundle": "b1", "because": "it agrees", "n": 1}');
INSERT INTO public.bundles VALUES ('b1', 't1', 'd1', '2026-05-04 03:02:01.123456+00', 'models/b1', 'CERTIFIED', '0000000000000000000000000000000000000000000000000000000000000000', NULL, NULL);
INSERT INTO public.calls VALUES (1, 'call-0', 'trace-0', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:01.123456+00', '2026-11-29 11:48:26.254351+00', 100, NULL, '\x0108192663e366150890d06b336839d3', NULL, NULL, '\xacc8859bfca99bd1d3e527b42208c37c', NULL, '\xda8af40c505d0f2d56f721bb58e1cfa1', 40, 1, NULL, NULL, NULL, 'agent', '6596dbb50c16df5a168f05663296cd2a', 'llm');
INSERT INTO public.calls VALUES (2, 'call-1', 'trace-0', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:02.123456+00', '2026-11-29 11:48:26.254351+00', 101, NULL, '\x43e7f23ce91a4a4a4315695d7a8fd844', NULL, NULL, '\xbfaef2d437c2296634f2fd6b5cfc4a90', NULL, '\x041b706f78dca3f82adf8b78f1e91c92', 40, 1, NULL, NULL, NULL, 'agent', '20afb98902ba72c2d8068221485e2d7d', 'llm');
INSERT INTO public.calls VALUES (3, 'call-2', 'trace-1', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:03.123456+00', '2026-11-29 11:48:26.254351+00', 102, NULL, '\x7cbcd8268350f6b027139d572e1d7bf3', NULL, NULL, '\xacc8859bfca99bd1d3e527b42208c37c', NULL, '\x2efa742b69a44c2ed1621fed9af8d556', 40, 1, NULL, NULL, NULL, 'agent', '5d7e4c9cc2ccf2bd386ba4be5088b36d', 'llm');
INSERT INTO public.calls VALUES (4, 'call-3', 'trace-1', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:04.123456+00', '2026-11-29 11:48:26.254351+00', 103, NULL, '\x9bba152b6f94646d4ac80fa9f1c1d081', NULL, NULL, '\xbfaef2d437c2296634f2fd6b5cfc4a90', NULL, '\x40e2348eb2662f80d7bbac0180131370', 40, 1, NULL, NULL, NULL, 'agent', '6596dbb50c16df5a168f05663296cd2a', 'llm');
INSERT INTO public.calls VALUES (5, 'call-4', 'trace-2', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:05.123456+00', '2026-11-29 11:48:26.254351+00', 104, NULL, '\x7597f9b877f00587e463a36b05c075a2', NULL, NULL, '\xacc8859bfca99bd1d3e527b42208c37c', NULL, '\x3a7094351fb5736ab93ef0c6cb29d166', 40, 1, NULL, NULL, NULL, 'agent', '20afb98902ba72c2d8068221485e2d7d', 'llm');
INSERT INTO public.calls VALUES (6, 'call-5', 'trace-2', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:06.123456+00', '2026-11-29 11:48:26.254351+00', 105, NULL, '\xf2f03113e1e98990928ce1cc07f437d5', NULL, NULL, '\xbfaef2d437c2296634f2fd6b5cfc4a90', NULL, '\xcd6522da0b87e923a2108e029f341a33', 40, 1, NULL, NULL, NULL, 'agent', '5d7e4c9cc2ccf2bd386ba4be5088b36d', 'llm');
INSERT INTO public.calls VALUES (7, 'call-6', 'trace-3', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:07.123456+00', '2026-11-29 11:48:26.254351+00', 106, NULL, '\xfadd3f56ed1bfa1fcb6a7b153ab201b4', NULL, NULL, '\xacc8859bfca99bd1d3e527b42208c37c', NULL, '\xf6a2b54c10d67abbc25bb7cb86b7cddd', 40, 1, NULL, NULL, NULL, 'agent', '6596dbb50c16df5a168f05663296cd2a', 'llm');
INSERT INTO public.calls VALUES (8, 'call-7', 'trace-3', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:08.123456+00', '2026-11-29 11:48:26.254351+00', 107, NULL, '\xd237884c4ad3aa79a30a2891c50b08e8', NULL, NULL, '\xbfaef2d437c2296634f2fd6b5cfc4a90', NULL, '\x2ff28319260d440a70653024f430a204', 40, 1, NULL, NULL, NULL, 'agent', '20afb98902ba72c2d8068221485e2d7d', 'llm');
INSERT INTO public.calls VALUES (9, 'call-8', 'trace-4', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:09.123456+00', '2026-11-29 11:48:26.254351+00', 108, NULL, '\x61bf07b8181f51967220716710e08593', NULL, NULL, '\xacc8859bfca99bd1d3e527b42208c37c', NULL, '\xaee736d944800e8be7d1774cc0d41398', 40, 1, NULL, NULL, NULL, 'agent', '5d7e4c9cc2ccf2bd386ba4be5088b36d', 'llm');
INSERT INTO public.calls VALUES (10, 'call-9', 'trace-4', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:10.123456+00', '2026-11-29 11:48:26.254351+00', 109, NULL, '\x8aeae8fac63e63779923aa2619e9971b', NULL, NULL, '\xbfaef2d437c2296634f2fd6b5cfc4a90', NULL, '\xd370cdd073a23a511e0db3c699fcf939', 40, 1, NULL, NULL, NULL, 'agent', '6596dbb50c16df5a168f05663296cd2a', 'llm');
INSERT INTO public.calls VALUES (11, 'call-10', 'trace-5', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:11.123456+00', '2026-11-29 11:48:26.254351+00', 110, NULL, '\x8ebb03454526d84eed38d4104e5cd592', NULL, NULL, '\xacc8859bfca99bd1d3e527b42208c37c', NULL, '\xf0172974e670a8b09f9b40866d293be2', 40, 1, NULL, NULL, NULL, 'agent', '20afb98902ba72c2d8068221485e2d7d', 'llm');
INSERT INTO public.calls VALUES (12, 'call-11', 'trace-5', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:12.123456+00', '2026-11-29 11:48:26.254351+00', 111, NULL, '\xc57b6226647a90627a37d6a5f622b02e', NULL, NULL, '\xbfaef2d437c2296634f2fd6b5cfc4a90', NULL, '\x2d1fc3e8ddfd4ec55f8bf8e5b698589e', 40, 1, NULL, NULL, NULL, 'agent', '5d7e4c9cc2ccf2bd386ba4be5088b36d', 'llm');
INSERT INTO public.calls VALUES (13, 'full', NULL, 'call-1', 3, NULL, NULL, 'openai', NULL, 'chat', 'langchain', NULL, '2026-11-29 11:48:26.254351+00', NULL, 3.25, '\x843fbd0bb72922082abce9641175abfd', '\xc9d5be9367901a3601376a1c8c16ec3b', '\x38b43387fb2d746f50a9cacfe1690f69', NULL, NULL, '\xaba0e8baf2a33999fd5742e39b382a27', NULL, NULL, NULL, NULL, 0.001, 'human', NULL, 'slm:b1');
INSERT INTO public.calls VALUES (14, 'failed', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'chat', NULL, NULL, '2026-11-29 11:48:26.254351+00', NULL, NULL, '\x3ec8d5abf3d11dbe0de53da960bf56cf', NULL, NULL, NULL, '\xa619bbec580b9f1f99ad0c32db014445', NULL, NULL, NULL, NULL, NULL, NULL, 'agent', NULL, 'llm');
INSERT INTO public.calls VALUES (15, 'private', 'trace-0', NULL, NULL, NULL, NULL, NULL, NULL, 'chat', NULL, NULL, '2026-11-29 11:48:26.435165+00', NULL, NULL, '\xefa2a2fecd52ca1030181f12c6edb646', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'agent', NULL, 'llm');
INSERT INTO public.contents VALUES ('\x5590c6239661ca7204f259342c2b6543', 1, 138, '\xd93b1ac50a45f83e31f03beecb99ec7a7097e506f7abaf2692bb5135b688c117e716cfe343fa263cd2ab74f426c735d68c84b8862a66753a1f84bf38e36ee62d1d7b2ccac3c94be113f5e5d1dc354f099aaf53bab5832418ae0ac045d8254602a797365de45ffde2a239d6b8a88857b6d7753d198450c272576d482464303764457f76', 2, 0);
INSERT INTO public.contents VALUES ('\xe4297a9669a9d982d2869982c73d6b64', 0, 60, '\x2138dc42d0e98809c0f7302a44da132a699c099abaa56b812c53d033153e52a0ddca8608ab78f089e3b501c9fc1f787b4846a9a0d2a34878accae669446234b40bea1ecd7d2ed0c8fa1353fa', 2, 0);
INSERT INTO public.contents VALUES ('\xacc8859bfca99bd1d3e527b42208c37c', 0, 38, '\x036d90bc67d0d624f12a0a70299c68d4ee14f9ad760300bde09221c9a3ea5c34189f500f79ac7389f29eab2ed0a525ce75397082ed5c', 2, 0);
INSERT INTO public.contents VALUES ('\xda8af40c505d0f2d56f721bb58e1cfa1', 0, 23, '\x8e411a4dc147809423166fbcabd42316a80a31221c70d9953e681560831d87805419378cc9ed9b', 2, 0);
INSERT INTO public.contents VALUES ('\x65e8f9848322b8bb4119ae4defba4f9c', 0, 60, '\x932adfa9d7ef0267ac56dc8571253ae6d7c9399810f55f7ecc9062fe821f8bea410cee34c4dca84709dfff0693536aa35484a5bc6746161191d0ed2efeccf64c21ce2b45454ce42f69f0e0db', 2, 0);
INSERT INTO public.contents VALUES ('\xbfaef2d437c2296634f2fd6b5cfc4a90', 0, 37, '\x11b88e10b00c77cbd1676488d9af849b9ddc5788892de77c920f3502a8dbd10e2bc6ae03cee3816b054d7f86777b687c8cdda65b86', 2, 0);
INSERT INTO public.contents VALUES ('\x041b706f78dca3f82adf8b78f1e91c92', 0, 23, '\xd324f92da5c39816f7b678c852f2347dad9ddb0e86120adb2ec1bfe3d78ff775746c784b993124', 2, 0);
INSERT INTO public.contents VALUES ('\x9e5c9ac7626dbc509ecd747e80e891a6', 0, 60, '\x3ebd517678498a60b214c261fedee6e2732e96a764bf930c6ca9fd0527e1dc9ff4d00672cfb4bc3fb23818ed278a6160aa3c7395f54b13b453bf41fca9a51743abe32a658c5688bdc3e9c5ce', 2, 0);
INSERT INTO public.contents VALUES ('\x2efa742b69a44c2ed1621fed9af8d556', 0, 23, '\x3d474f822153365e4d0507f24dfa2d521d32db28e8de6d5e880215404b1c396e8f6da5dc1e1f88', 2, 0);
INSERT INTO public.contents VALUES ('\x9d8570a869a2da639a3196bd7dcabcc7', 0, 60, '\xb4bd21030e373834714ea82c1beefde0b9533ebe51b05096f9cdc000f2a7d22140cf411b4d8e3862e0ab75ab09cbeabf1c8ac847192e8c5549fd2b3ad415db4b0673de7261a183b951c34d81', 2, 0);
INSERT INTO public.contents VALUES ('\x40e2348eb2662f80d7bbac0180131370', 0, 23, '\x3d709317516c6551e7a03181779c9e07ed6297e562f5e1696757870d62fce21dac641bf30fcd14', 2, 0);
INSERT INTO public.contents VALUES ('\x1b7395424e541a684fbb4c108d985aa9', 0, 60, '\x921e81239f0fc769a0e7a4c75e638a41f6f71f230f4f66461558b19ab3c491865b29446fd5c84f46fd019fa746c70d080ca93a73378ebdac60db5a8ccb601dd0d7800c34cae654fb3535e05b', 2, 0);
INSERT INTO public.contents VALUES ('\x3a7094351fb5736ab93ef0c6cb29d166', 0, 23, '\x598ec3cc3f06ef788fbb4a5eaad739ce24190344d3c7dceb37701e1d92f131b59527c7a83d11a7', 2, 0);
INSERT INTO public.contents VALUES ('\xba93f270d6632e9adec5278ea7e14ded', 0, 60, '\x62c2ea9c7ab69eab378bfd5e720fbcd8ecae696025bc61f8f2408e6c1e735f2c24b714a6cafb8c20c4ee3cd5ae5e92853cd50f8a38077102cf8c05ad41621878ff1cbe9658332f9018e26104', 2, 0);
INSERT INTO public.contents VALUES ('\xcd6522da0b87e923a2108e029f341a33', 0, 23, '\xfb844504420a98d9b8fdffce9ea70632e989f1c09e3206b66665b8eb09b32afb1ad19379b4f0be', 2, 0);
INSERT INTO public.contents VALUES ('\x16c1a6729180f476d29c6b4d7ca0e1a8', 0, 60, '\x8f826ffa27e9ae1953957969d9c492bd6c6a3fca744aa6d22cadf93cbd28be835bcf6c87d2516cd6a0b9bdbad1e28f7feef7883bb0ede1f4b969d0fb1f528bdb84dc0e29788b735af7100610', 2, 0);
INSERT INTO public.contents VALUES ('\xf6a2b54c10d67abbc25bb7cb86b7cddd', 0, 23, '\xb49148d8d9529898a15994ce0e448d3f607417f1aa50984eca19430370bdde374895229a31ee33', 2, 0);
INSERT INTO public.contents VALUES ('\xfb6a9e3425b92e61529e2eafd990b2f0', 0, 60, '\xe4649fdbde3533a255013e0e49f4d3a992233fa5bf37c7e549e2adbd34208efab3e12ca8182210b37992a19d4aa1534331a8fccddc60d39e41755b8f64dc742c443466c127fa251f86d27b53', 2, 0);
INSERT INTO public.contents VALUES ('\x2ff28319260d440a70653024f430a204', 0, 23, '\x34282250c57f2348fddd68436d1486076ee290575fc433af590dd4807c61d3b5265028863153c5', 2, 0);
INSERT INTO public.contents VALUES ('\x6ea48ad8d9739db36fbda6cfd46ff0c4', 0, 60, '\x93a6cb47a74ed4daa1e04907d170ddbc5a6b33d4a131ac1182d3a3236bfd49e444f74d7a0f9f2ac7411ef1a0108baeb59923210c4ef61e0164453175ecd79d1bf88facae8adee73ce7d7d8ab', 2, 0);
INSERT INTO public.contents VALUES ('\xaee736d944800e8be7d1774cc0d41398', 0, 23, '\x860278d0d6c0d3035e4f15b696122dd7a73eba52292d183cd69ac2d2bcd5c5942261b7354782ac', 2, 0);
INSERT INTO public.contents VALUES ('\xa8fac2fd850e341915f8dcc0513c2a75', 0, 60, '\xfe7c45bf42a27b4e0c04f62a2f0e11d7d3fd5433c6398b95f73a6721873fa55c1547026037e197fc7129b8fe43f4da8a8b6e64eaf3ca6ee94482fe36643f760b3602e06767165e1f2d760d93', 2, 0);
INSERT INTO public.contents VALUES ('\xd370cdd073a23a511e0db3c699fcf939', 0, 23, '\x2bc03382c86254f2079097c281e7d41d399ebd83166edb0803654c95883ac25677e3290dc27a90', 2, 0);
INSERT INTO public.contents VALUES ('\xc29a74271d3095572850db744cf81cb6', 0, 61, '\xbf4e7bec7f0b7d5e8dcdb5be022ac68ec69d9fb102193e073b0d229b7e8ec29de3fff20fdc1b8a095c6529a4621b544cd62795a02f0439e5e8d9e49572fbc6376cec512193db0c520059c33ef3', 2, 0);
INSERT INTO public.contents VALUES ('\xf0172974e670a8b09f9b40866d293be2', 0, 24, '\x2113258045538b2578b06bc9b27f1fdcc2ef72070fcb0d411aa77dc29d83f3ced4e8f1e9db10bdca', 2, 0);
INSERT INTO public.contents VALUES ('\xeb21edcf822687561e94e83366ad253a', 0, 61, '\x80231e49fbb382b5276cbb404115202065d05c297095a53b2c0ae00a15b2e8cf400bd1fc657d78a9461e29a9460b2a9855c46bd0dff6242043128c295dbb26e9195724569046fa8d87b3078033', 2, 0);
INSERT INTO public.contents VALUES ('\x2d1fc3e8ddfd4ec55f8bf8e5b698589e', 0, 24, '\x295ba8b41b7d61379c7994dea52db4bac992d6471284917637b7bafa0af219b94fcd17ae75884320', 2, 0);
INSERT INTO public.contents VALUES ('\x84aed0417a351e05200999a6b6af1b09', 1, 101, '\x4325adf55d260ef24ee17c99eb0a53bb00d99e451e11b6728246849fc88ea45bfc631e213388c991789281d17bcde013fdbec08969133d9d7f891bfb468450bd92ea3de23be38155475dfa9bf994824b942e2f05d70de98c5166a21316b9b860f71b9eff742e83', 2, 0);
INSERT INTO public.contents VALUES ('\xaa7d4baad454afc6f72cd33049daf3fd', 1, 133, '\xf2d4a6a4ce20cdff28e9ecc25c2ac0e75c01ca4bd3c34050b6492f8a66e31710ad9d32dfc34fa0518db92848f17adaa7ad31d6f74bf09cc88ca2d1c68984ef6355e483d40ae4e7517d54b6c3b89186b0140e9246f4dddc4945a8f2fc5abd724f339f4ae799ccd7b268f2b7a9e353425e10ecc58d2b22ef4716b693e93d8f274d', 2, 0);
INSERT INTO public.contents VALUES ('\x228e13c197ff2240b2a84b87b2162766', 0, 68, '\xd2dda936dabc845dd30da3bf77e056975be69be5a01f0ea1e77b120914acadb7b50c0af97827facc0135ac42c75092b2bc2f0e03a2e1b22c4e2d8815aae8b9f8ab878f8e9550283340981d7d08ae8e0d1874c1b1', 2, 0);
INSERT INTO public.contents VALUES ('\xc9d5be9367901a3601376a1c8c16ec3b', 1, 102, '\x96a7f7581f5db8305304109245c2b61b185c9478738b2b5f061b4408a3ff62d3f08e749d90ee9c734b7a055455acee630e99f5561723a7ceb394ce0175ea78cc90c5abb199c767f8295f7a015634f396d0e6076923395e29c9906180cd714f640a387b89762e61b681f8834b', 2, 0);
INSERT INTO public.contents VALUES ('\x38b43387fb2d746f50a9cacfe1690f69', 0, 22, '\xe1374f10390f4ccd1b3bdf1624f035ed1efe753d277893bbb99d89c75f7c4462b75ababe86ed', 2, 0);
INSERT INTO public.contents VALUES ('\xaba0e8baf2a33999fd5742e39b382a27', 0, 30, '\xed05a3843b871d25c4bccc01eab260c05d4681fef30b34357182a169adcc7dface3d12c169be2b6355ecd8491641', 2, 0);
INSERT INTO public.contents VALUES ('\xaad3255eeac3b02e2551f55a96580cd4', 0, 40, '\x92ed721b465a7d2e612f565bbd33ca7fae8204dc29a7e9db224693a1aa0d20e20b2eedb5705382a146382373d85c30584781ad16973f8c67', 2, 0);
INSERT INTO public.contents VALUES ('\xa619bbec580b9f1f99ad0c32db014445', 0, 44, '\x16e1b3550deca5eda8b762bc825d425823ea95e4ff04f1bc695c08368ed3824dd59a9b5cca34c6197ce8b3c01fd9197c7551c75175737c27ff8b55c7', 2, 0);
INSERT INTO public.contents VALUES ('\x9c9b166bdf6cf5b9e69f5c4782297f07', 1, 735, '\x289cb5c9a0d81be0f99bf14c17f4ae70858a0ad26913878cdbc13039c01887c7b18e598bbb41c232b9ad489f602e450c353947ca0d421f8180a4d3b2775f93ab8e6e626106e690fbf5196534c0a1939129f6bf7aed82324c67cfd562b88f904ebc78cc2fdd187c95696f42ddb83de0e2e5e96d51782dd5543783741f1c011ae823b9aacd5e95223fa982954363b09b5782fe68ae3ee76375d73321478664956f1f7f6cea423c37ed463af528bd65bb0757633422a17370327517e92427a994fabbe6726bb0f93f8c409a2c4ed7e4458c0e7c90c8634a5217e160ddeb856648da606aadbcee6d09010939c7c57e71f9d0f1d22b7c7707a1e7324dfb2291a0cd0d8cb2109b7ff7c9ab2d62d6b661859aaed0210aa47976425a1678a7d3119e2a75c5cf3dc7e51a0081b58f8ec22f9d40830e48e435867e7a02fe37a8c70937948590e7c8bc4d80bb53f0bde9e15c0009cdbcb543f475c69d811c3ca993e6ec18eb882409588724169d06adb4bb6411d82ffef84ffde04cd57960a1bde95881a1b8b8be988abad169bd0b9a9644ffba2601dbe7b4097baf765af5ac3d088083fa6f0989e16e5663c0446a6f3a5479e6', 2, 0);
INSERT INTO public.contents VALUES ('\xd01af418fbb3735526c890ca1ab05e9a', 0, 97, '\x2c619cfccb2507fb80a221116d8944b3597e5b10e9477e506d0101d972ef7ba081185a8710b99da3614c48cd35fe674ddae147e7f8428bc37f938bac728c07bfb1e7050fd474914705522d4875a8ae5943778d0be0e92c8f9957c35e4a10941eb2a34e923fe29f982b2648c43dbc665424', 2, 0);
INSERT INTO public.dataset_items VALUES ('d1', 'call-3', 'test', NULL);
INSERT INTO public.dataset_items VALUES ('d1', 'call-1', 'train', NULL);
INSERT INTO public.dataset_items VALUES ('d1', 'call-2', 'train', NULL);
INSERT INTO public.datasets VALUES ('d1', 't1', '2026-05-04 03:02:01.123456+00', 0, 1, '', '{}');
INSERT INTO public.entities VALUES ('\x1f98883a62e0ed087a2796662394e069', 'EMAIL_ADDRESS', 0, 20, 2, '\xfcd9805aa5a2342f14bf6b9b00e038326c4f95f94dad6fcb566a88e49faeaf8839b10770');
INSERT INTO public.erasures VALUES ('e1', '2026-05-04 03:02:01.123456+00', 'ann', '["00000000000000000000000000000000"]', '{"calls": 1}', '2026-05-04 03:02:01.123456+00', '2026-05-04 03:02:01.123456+00');
INSERT INTO public.flags VALUES (1, 't1', 'shadow', 1, '2026-05-04 03:02:01.123456+00', 'ann');
INSERT INTO public.flags VALUES (2, 't1', 'canary', 0.25, '2026-05-05 03:02:01.123456+00', 'bob');
INSERT INTO public.grants VALUES ('ann', '*', 'analyst');
INSERT INTO public.mentions VALUES (1, '\x3d50d0e49c27a6e579b4deb905568869', 'trace-0', '\x1f98883a62e0ed087a2796662394e069');
INSERT INTO public.meta VALUES ('epoch', '\x01');
INSERT INTO public.nodes VALUES ('\x47837efde342efe40bad28ceb60b4bcc', NULL, '\x5590c6239661ca7204f259342c2b6543', 1);
INSERT INTO public.nodes VALUES ('\x0108192663e366150890d06b336839d3', '\x47837efde342efe40bad28ceb60b4bcc', '\xe4297a9669a9d982d2869982c73d6b64', 2);
INSERT INTO public.nodes VALUES ('\x43e7f23ce91a4a4a4315695d7a8fd844', '\x47837efde342efe40bad28ceb60b4bcc', '\x65e8f9848322b8bb4119ae4defba4f9c', 2);
INSERT INTO public.nodes VALUES ('\x7cbcd8268350f6b027139d572e1d7bf3', '\x47837efde342efe40bad28ceb60b4bcc', '\x9e5c9ac7626dbc509ecd747e80e891a6', 2);
INSERT INTO public.nodes VALUES ('\x9bba152b6f94646d4ac80fa9f1c1d081', '\x47837efde342efe40bad28ceb60b4bcc', '\x9d8570a869a2da639a3196bd7dcabcc7', 2);
INSERT INTO public.nodes VALUES ('\x7597f9b877f00587e463a36b05c075a2', '\x47837efde342efe40bad28ceb60b4bcc', '\x1b7395424e541a684fbb4c108d985aa9', 2);
INSERT INTO public.nodes VALUES ('\xf2f03113e1e98990928ce1cc07f437d5', '\x47837efde342efe40bad28ceb60b4bcc', '\xba93f270d6632e9adec5278ea7e14ded', 2);
INSERT INTO public.nodes VALUES ('\xfadd3f56ed1bfa1fcb6a7b153ab201b4', '\x47837efde342efe40bad28ceb60b4bcc', '\x16c1a6729180f476d29c6b4d7ca0e1a8', 2);
INSERT INTO public.nodes VALUES ('\xd237884c4ad3aa79a30a2891c50b08e8', '\x47837efde342efe40bad28ceb60b4bcc', '\xfb6a9e3425b92e61529e2eafd990b2f0', 2);
INSERT INTO public.nodes VALUES ('\x61bf07b8181f51967220716710e08593', '\x47837efde342efe40bad28ceb60b4bcc', '\x6ea48ad8d9739db36fbda6cfd46ff0c4', 2);
INSERT INTO public.nodes VALUES ('\x8aeae8fac63e63779923aa2619e9971b', '\x47837efde342efe40bad28ceb60b4bcc', '\xa8fac2fd850e341915f8dcc0513c2a75', 2);
INSERT INTO public.nodes VALUES ('\x8ebb03454526d84eed38d4104e5cd592', '\x47837efde342efe40bad28ceb60b4bcc', '\xc29a74271d3095572850db744cf81cb6', 2);
INSERT INTO public.nodes VALUES ('\xc57b6226647a90627a37d6a5f622b02e', '\x47837efde342efe40bad28ceb60b4bcc', '\xeb21edcf822687561e94e83366ad253a', 2);
INSERT INTO public.nodes VALUES ('\xe2cd5d8b6bca5a885fbac4d2e7df1ad8', NULL, '\x84aed0417a351e05200999a6b6af1b09', 1);
INSERT INTO public.nodes VALUES ('\xc5e661bef9443e1acfe96a02ace87c77', '\xe2cd5d8b6bca5a885fbac4d2e7df1ad8', '\xaa7d4baad454afc6f72cd33049daf3fd', 2);
INSERT INTO public.nodes VALUES ('\x843fbd0bb72922082abce9641175abfd', '\xc5e661bef9443e1acfe96a02ace87c77', '\x228e13c197ff2240b2a84b87b2162766', 3);
INSERT INTO public.nodes VALUES ('\x3ec8d5abf3d11dbe0de53da960bf56cf', NULL, '\xaad3255eeac3b02e2551f55a96580cd4', 1);
INSERT INTO public.nodes VALUES ('\xefa2a2fecd52ca1030181f12c6edb646', NULL, '\xd01af418fbb3735526c890ca1ab05e9a', 1);
INSERT INTO public.observations VALUES (1, '2026-05-04 03:02:01.123456+00', 't1', 'b1', 'shadow', true, true, 0.9, 1.5, 300, 'call-1', NULL);
INSERT INTO public.observations VALUES (2, '2026-05-04 03:02:01.123456+00', 't1', 'b1', 'shadow', true, false, 0.9, 1.5, 300, 'call-1', NULL);
INSERT INTO public.outcomes VALUES (1, 'o1', 'call-1', NULL, 'feedback', false, 0.25, '2026-05-04 03:02:01.123456+00');
INSERT INTO public.outcomes VALUES (2, 'o2', NULL, 'trace-2', 'reviewer', true, NULL, NULL);
INSERT INTO public.retention VALUES ('*', 365, NULL, NULL, '2026-05-04 03:02:01.123456+00', 'ann');
INSERT INTO public.secrets VALUES (1, 'digest', '\xa19349a2dad95ebb6fd6c0b919e48ddd6085485f25183aec8939f9dd343b109b39ece4aa1b01409357f3525007db7937b9b769174e75732abe0f84cb', 'local:6901d35ca558497c', '2026-11-29 11:48:26.224566+00');
INSERT INTO public.secrets VALUES (2, 'data', '\x7b6309f2226a7224db1b28d3af47577a781f4b095283fc732df62a27cffa939d943bbaa2d2dd013f8533c250f3b736d3127eb328efecaab9ec06b4fe', 'local:6901d35ca558497c', '2026-11-29 11:48:26.235553+00');
INSERT INTO public.slm_instrument_version VALUES ('0005');
INSERT INTO public.tallies VALUES ('2026-05-04 03:00:00+00', 't1', 'b1', 'on', 'SUBSTITUTED', 3, 4.5);
INSERT INTO public.tasks VALUES ('t1', 'a1', 12, '\x9c9b166bdf6cf5b9e69f5c4782297f07');
INSERT INTO public.transitions VALUES (1, '2026-05-04 03:02:01.123456+00', 't1', 'b1', 1, 'shadow', 'canary', 'it agrees', '{"n": 1}');
SELECT pg_catalog.setval('public.audit_seq_seq', 2, true);
SELECT pg_catalog.setval('public.calls_seq_seq', 15, true);
SELECT pg_catalog.setval('public.flags_seq_seq', 2, true);
SELECT pg_catalog.setval('public.mentions_seq_seq', 1, true);
SELECT pg_catalog.setval('public.observations_seq_seq', 2, true);
SELECT pg_catalog.setval('public.outcomes_seq_seq', 2, true);
SELECT pg_catalog.setval('public.transitions_seq_seq', 1, true);
ALTER TABLE ONLY public.analyses
    ADD CONSTRAINT pk_analyses PRIMARY KEY (id);
ALTER TABLE ONLY public.assignments
    ADD CONSTRAINT pk_assignments PRIMARY KEY (call_id);
ALTER TABLE ONLY public.audit
    ADD CONSTRAINT pk_audit PRIMARY KEY (seq);
ALTER TABLE ONLY public.bundles
    ADD CONSTRAINT pk_bundles PRIMARY KEY (id);
ALTER TABLE ONLY public.calls
    ADD CONSTRAINT pk_calls PRIMARY KEY (seq);
ALTER TABLE ONLY public.contents
    ADD CONSTRAINT pk_contents PRIMARY KEY (id);
ALTER TABLE ONLY public.dataset_items
    ADD CONSTRAINT pk_dataset_items PRIMARY KEY (dataset_id, call_id);
ALTER TABLE ONLY public.datasets
    ADD CONSTRAINT pk_datasets PRIMARY KEY (id);
ALTER TABLE ONLY public.entities
    ADD CONSTRAINT pk_entities PRIMARY KEY (id);
ALTER TABLE ONLY public.erasures
    ADD CONSTRAINT pk_erasures PRIMARY KEY (id);
ALTER TABLE ONLY public.flags
    ADD CONSTRAINT pk_flags PRIMARY KEY (seq);
ALTER TABLE ONLY public.grants
    ADD CONSTRAINT pk_grants PRIMARY KEY (grantee, app, role);
ALTER TABLE ONLY public.mentions
    ADD CONSTRAINT pk_mentions PRIMARY KEY (seq);
ALTER TABLE ONLY public.meta
    ADD CONSTRAINT pk_meta PRIMARY KEY (key);
ALTER TABLE ONLY public.nodes
    ADD CONSTRAINT pk_nodes PRIMARY KEY (id);
ALTER TABLE ONLY public.observations
    ADD CONSTRAINT pk_observations PRIMARY KEY (seq);
ALTER TABLE ONLY public.outcomes
    ADD CONSTRAINT pk_outcomes PRIMARY KEY (seq);
ALTER TABLE ONLY public.retention
    ADD CONSTRAINT pk_retention PRIMARY KEY (app);
ALTER TABLE ONLY public.secrets
    ADD CONSTRAINT pk_secrets PRIMARY KEY (number);
ALTER TABLE ONLY public.tallies
    ADD CONSTRAINT pk_tallies PRIMARY KEY (hour, task_id, bundle_id, mode, reason);
ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT pk_tasks PRIMARY KEY (id);
ALTER TABLE ONLY public.transitions
    ADD CONSTRAINT pk_transitions PRIMARY KEY (seq);
ALTER TABLE ONLY public.slm_instrument_version
    ADD CONSTRAINT slm_instrument_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.calls
    ADD CONSTRAINT uq_calls_id UNIQUE (id);
ALTER TABLE ONLY public.mentions
    ADD CONSTRAINT uq_mentions_id UNIQUE (id);
ALTER TABLE ONLY public.outcomes
    ADD CONSTRAINT uq_outcomes_id UNIQUE (id);
ALTER TABLE ONLY public.transitions
    ADD CONSTRAINT uq_transitions_bundle_id UNIQUE (bundle_id, number);
CREATE INDEX ix_assignments_task_id ON public.assignments USING btree (task_id);
CREATE INDEX ix_bundles_task_id ON public.bundles USING btree (task_id);
CREATE INDEX ix_calls_origin ON public.calls USING btree (origin);
CREATE INDEX ix_dataset_items_call_id ON public.dataset_items USING btree (call_id);
CREATE INDEX ix_flags_task_id_seq ON public.flags USING btree (task_id, seq);
CREATE INDEX ix_mentions_entity_id ON public.mentions USING btree (entity_id);
CREATE INDEX ix_mentions_scope ON public.mentions USING btree (scope);
CREATE INDEX ix_observations_bundle_id_seq ON public.observations USING btree (bundle_id, seq);
CREATE INDEX ix_observations_task_id_seq ON public.observations USING btree (task_id, seq);
CREATE INDEX ix_outcomes_call_id ON public.outcomes USING btree (call_id);
ALTER TABLE ONLY public.bundles
    ADD CONSTRAINT fk_bundles_dataset_id FOREIGN KEY (dataset_id) REFERENCES public.datasets(id);
ALTER TABLE ONLY public.dataset_items
    ADD CONSTRAINT fk_dataset_items_dataset_id FOREIGN KEY (dataset_id) REFERENCES public.datasets(id);
ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT fk_tasks_analysis_id FOREIGN KEY (analysis_id) REFERENCES public.analyses(id);
