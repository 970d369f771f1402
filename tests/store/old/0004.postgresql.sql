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
    call_id character varying
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
CREATE TABLE public.tasks (
    id character varying NOT NULL,
    analysis_id character varying NOT NULL,
    calls integer NOT NULL,
    content_id bytea NOT NULL
);
ALTER TABLE ONLY public.audit ALTER COLUMN seq SET DEFAULT nextval('public.audit_seq_seq'::regclass);
ALTER TABLE ONLY public.calls ALTER COLUMN seq SET DEFAULT nextval('public.calls_seq_seq'::regclass);
ALTER TABLE ONLY public.flags ALTER COLUMN seq SET DEFAULT nextval('public.flags_seq_seq'::regclass);
ALTER TABLE ONLY public.mentions ALTER COLUMN seq SET DEFAULT nextval('public.mentions_seq_seq'::regclass);
ALTER TABLE ONLY public.observations ALTER COLUMN seq SET DEFAULT nextval('public.observations_seq_seq'::regclass);
ALTER TABLE ONLY public.outcomes ALTER COLUMN seq SET DEFAULT nextval('public.outcomes_seq_seq'::regclass);
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
INSERT INTO public.bundles VALUES ('b1', 't1', 'd1', '2026-05-04 03:02:01.123456+00', 'models/b1', 'CERTIFIED', '0000000000000000000000000000000000000000000000000000000000000000', NULL, NULL);
INSERT INTO public.calls VALUES (1, 'call-0', 'trace-0', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:01.123456+00', '2026-11-29 06:51:02.734984+00', 100, NULL, '\xd7d7c7fb1ec2a7d8f59a4d7af77a91a3', NULL, NULL, '\xbe3fe21ea09f7f824b4b6e8a463d8f1d', NULL, '\x35605256bf78750d6389fa140a62a8aa', 40, 1, NULL, NULL, NULL, 'agent', '588a186b0081c9f55c87669668f3133b', 'llm');
INSERT INTO public.calls VALUES (2, 'call-1', 'trace-0', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:02.123456+00', '2026-11-29 06:51:02.734984+00', 101, NULL, '\x797b90943b9cda0a35f8887cd8774063', NULL, NULL, '\x9b0555a460ba2287756fe8ba33fa7465', NULL, '\x448640bc52454d43dcdb44546f115ac4', 40, 1, NULL, NULL, NULL, 'agent', 'cc41462772f2e87d8dae5ffd12c114df', 'llm');
INSERT INTO public.calls VALUES (3, 'call-2', 'trace-1', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:03.123456+00', '2026-11-29 06:51:02.734984+00', 102, NULL, '\xd1ff299fcb9baef3ffa9d9e33997fa4d', NULL, NULL, '\xbe3fe21ea09f7f824b4b6e8a463d8f1d', NULL, '\x94e49949c9d8acbc85c332f563836099', 40, 1, NULL, NULL, NULL, 'agent', 'f6878fc9f50d971cf88c99bcca49637a', 'llm');
INSERT INTO public.calls VALUES (4, 'call-3', 'trace-1', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:04.123456+00', '2026-11-29 06:51:02.734984+00', 103, NULL, '\xc45236ec776d15b10a0e6d3343d40b08', NULL, NULL, '\x9b0555a460ba2287756fe8ba33fa7465', NULL, '\x144a41fa11e435ad7209c8864243e66d', 40, 1, NULL, NULL, NULL, 'agent', '588a186b0081c9f55c87669668f3133b', 'llm');
INSERT INTO public.calls VALUES (5, 'call-4', 'trace-2', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:05.123456+00', '2026-11-29 06:51:02.734984+00', 104, NULL, '\xe6f27901c4995a04d1e0344c94a02579', NULL, NULL, '\xbe3fe21ea09f7f824b4b6e8a463d8f1d', NULL, '\xc5631da37810d25c42f23f2f1911bb14', 40, 1, NULL, NULL, NULL, 'agent', 'cc41462772f2e87d8dae5ffd12c114df', 'llm');
INSERT INTO public.calls VALUES (6, 'call-5', 'trace-2', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:06.123456+00', '2026-11-29 06:51:02.734984+00', 105, NULL, '\x449fdbf7d282478df64a36b7599ba990', NULL, NULL, '\x9b0555a460ba2287756fe8ba33fa7465', NULL, '\x5284e81595eb46fbf6f3f39b53740244', 40, 1, NULL, NULL, NULL, 'agent', 'f6878fc9f50d971cf88c99bcca49637a', 'llm');
INSERT INTO public.calls VALUES (7, 'call-6', 'trace-3', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:07.123456+00', '2026-11-29 06:51:02.734984+00', 106, NULL, '\x63c609ed2f49a2c9beff9ea37c037dff', NULL, NULL, '\xbe3fe21ea09f7f824b4b6e8a463d8f1d', NULL, '\xa20f6e23aaedd9a71cad26f3620199d9', 40, 1, NULL, NULL, NULL, 'agent', '588a186b0081c9f55c87669668f3133b', 'llm');
INSERT INTO public.calls VALUES (8, 'call-7', 'trace-3', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:08.123456+00', '2026-11-29 06:51:02.734984+00', 107, NULL, '\x18ed203738186ca3aa4bcf16cdf0ff63', NULL, NULL, '\x9b0555a460ba2287756fe8ba33fa7465', NULL, '\xea4a6278a45ce69ad843498d6a36af0a', 40, 1, NULL, NULL, NULL, 'agent', 'cc41462772f2e87d8dae5ffd12c114df', 'llm');
INSERT INTO public.calls VALUES (9, 'call-8', 'trace-4', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:09.123456+00', '2026-11-29 06:51:02.734984+00', 108, NULL, '\x2b56f4b586896ef3ea0ecdb11a2c322f', NULL, NULL, '\xbe3fe21ea09f7f824b4b6e8a463d8f1d', NULL, '\xd9bfc19053de9c9bf2914eb74f77187b', 40, 1, NULL, NULL, NULL, 'agent', 'f6878fc9f50d971cf88c99bcca49637a', 'llm');
INSERT INTO public.calls VALUES (10, 'call-9', 'trace-4', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:10.123456+00', '2026-11-29 06:51:02.734984+00', 109, NULL, '\x90881a6f2c1c6f67dcbe6561aadfecec', NULL, NULL, '\x9b0555a460ba2287756fe8ba33fa7465', NULL, '\x2e266965cee59a80212d8868bf4f3b62', 40, 1, NULL, NULL, NULL, 'agent', '588a186b0081c9f55c87669668f3133b', 'llm');
INSERT INTO public.calls VALUES (11, 'call-10', 'trace-5', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:11.123456+00', '2026-11-29 06:51:02.734984+00', 110, NULL, '\x66ac81317880aa8450bd42c85af9e835', NULL, NULL, '\xbe3fe21ea09f7f824b4b6e8a463d8f1d', NULL, '\x6ea33d822c95b8e1c4f5cfb99d9811fa', 40, 1, NULL, NULL, NULL, 'agent', 'cc41462772f2e87d8dae5ffd12c114df', 'llm');
INSERT INTO public.calls VALUES (12, 'call-11', 'trace-5', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:12.123456+00', '2026-11-29 06:51:02.734984+00', 111, NULL, '\xffc8f930dde2f3023bbe24c282773650', NULL, NULL, '\x9b0555a460ba2287756fe8ba33fa7465', NULL, '\xa81b5c4fbc6caa7866a106e8984b6193', 40, 1, NULL, NULL, NULL, 'agent', 'f6878fc9f50d971cf88c99bcca49637a', 'llm');
INSERT INTO public.calls VALUES (13, 'full', NULL, 'call-1', 3, NULL, NULL, 'openai', NULL, 'chat', 'langchain', NULL, '2026-11-29 06:51:02.734984+00', NULL, 3.25, '\x7838162cba4ba8ae8e0040a0a30179b6', '\xc883f53451d7f82b7ee7d8d7146ce22b', '\xab833182cb241132dfbaf60ecf6d316a', NULL, NULL, '\x471db20069acfec5f2fece6de9378c08', NULL, NULL, NULL, NULL, 0.001, 'human', NULL, 'slm:b1');
INSERT INTO public.calls VALUES (14, 'failed', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'chat', NULL, NULL, '2026-11-29 06:51:02.734984+00', NULL, NULL, '\xef08307553339f76fa25a5e4425251e0', NULL, NULL, NULL, '\x8caabb7f737584dca786f86676b2f2e1', NULL, NULL, NULL, NULL, NULL, NULL, 'agent', NULL, 'llm');
INSERT INTO public.calls VALUES (15, 'private', 'trace-0', NULL, NULL, NULL, NULL, NULL, NULL, 'chat', NULL, NULL, '2026-11-29 06:51:02.914953+00', NULL, NULL, '\xaac757c51a20c40c0716d20cac90c258', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'agent', NULL, 'llm');
INSERT INTO public.contents VALUES ('\x9a01bb79c8d102cac70f66c5ec0c2d49', 1, 138, '\x96a612dd11ef7b7b62440d64902fba60bce9a73fcd3bde2002bc720128bcaeb65cb8f943cae35dcc9cd31999fb8bbea6f6c9d23d35aedb218e34fce63a96f0bf143ab82e4bb73a668c179a77c9e4113ef50ab8658166dad88d731421d25fbf7c458bad160733ad28c261a741e57f4bbaf0c57ac41e69ad445431cfb75cc1ad76eeac85', 2, 0);
INSERT INTO public.contents VALUES ('\x0482ed92ac0e281873f440956289baf8', 0, 60, '\xd8916b081e4584845ef908cd04959012e012b830f3497515bef4a06c6b8252e18f0d51d850995873ec5bc036591b6ac3ee9515cf96a6888ff8b8c47ec95776bf3e747ad98685febe347dce39', 2, 0);
INSERT INTO public.contents VALUES ('\xbe3fe21ea09f7f824b4b6e8a463d8f1d', 0, 38, '\x6a60b41ec146744b51ec03c52520c9dde061c3db06427082d379bc65bb881b38c377840fe883ce31175a9c7cd0531efbc521674ab8b5', 2, 0);
INSERT INTO public.contents VALUES ('\x35605256bf78750d6389fa140a62a8aa', 0, 23, '\x489c900a52f46bb20c36a316ae016d0e10d28ec04764ab89da26d994fa2dc406160605c78d7734', 2, 0);
INSERT INTO public.contents VALUES ('\x8d4174e86d4c9c2e9e36448944ab5c9e', 0, 60, '\xa0d6f7eed487ed6607a480ca654f7e942fe1f386640054829a3f598613481763882596428075c91a19a05c4130f0451413b8abf45cd1feff799a801a9636b33187fc0cecde0e0983818dace3', 2, 0);
INSERT INTO public.contents VALUES ('\x9b0555a460ba2287756fe8ba33fa7465', 0, 37, '\x7678209083eba8389c80410e6d94e7f6b38c106fc735ae775110fc3e14ee9d4589e024221ba6b9ebeb51e412f796a3b9d04d6a9577', 2, 0);
INSERT INTO public.contents VALUES ('\x448640bc52454d43dcdb44546f115ac4', 0, 23, '\x9b49d5cea91aeec981b0b4b8758acf57b8badc615459cafc0d50defe9d2f1bf0b57cfa00a6290d', 2, 0);
INSERT INTO public.contents VALUES ('\x9003274ef68468bd0d32ecdcfe9cbee3', 0, 60, '\xbe31062eb79dacda6abd1a8a3b6bcf46cd775496d965ed1a5d731f8b9ee4754a1779df1db8e6fe47a5f4aac7b9cf40f3e121ed64e5866f68c51bf2628cadd772725283caac6836d5b086688e', 2, 0);
INSERT INTO public.contents VALUES ('\x94e49949c9d8acbc85c332f563836099', 0, 23, '\x39918926f0dfef9e537d9e3f598b0ef33794874ce6e3ac8b78d271d83520e22906c30090cac7ca', 2, 0);
INSERT INTO public.contents VALUES ('\x28c6cd650e8c874ef7a8a89aa1119325', 0, 60, '\x7138c4447013b0c28414447268a8653db4461e36889e511aeea98603b0034f3bc2d88943ef9dec9133dfcebd22460b0bc1698bcbb52a4979a2ae69c097c6dc6595101c8e4ebb934daa951cba', 2, 0);
INSERT INTO public.contents VALUES ('\x144a41fa11e435ad7209c8864243e66d', 0, 23, '\xf1f6c141a0b4b1fa64a7c052c37584f1139d597dfba3b3456c68d8fdb6333ded12e5902d6e3bd4', 2, 0);
INSERT INTO public.contents VALUES ('\xcac5f0c745b750dcbeb959662c890662', 0, 60, '\x23675aab70e36badca5e266e8b968040ab5a4d1ec4a6f9cec391b7bde3061774cc4b304c0063b80b0e065107342f2ca3d71891671ce15976eb6212f437bf071d9f11af1978adaae3c444f193', 2, 0);
INSERT INTO public.contents VALUES ('\xc5631da37810d25c42f23f2f1911bb14', 0, 23, '\xdb9a5dcb3642ef88d8285f7d261ae8e1cc437bd679b1603d9f42b8d323ec163fd049600cf4ef68', 2, 0);
INSERT INTO public.contents VALUES ('\xbc6f8b026dfff40da10833eb62e4a4cd', 0, 60, '\xe438c865166be7248e2b2d172dde08abde2e1fe2e01dae7638341da0d94beeddfa01bc40950ca97b21eb27b1428b289014896c398572d07c37f905a5383f11283f00b82a11990ef7e463e1ee', 2, 0);
INSERT INTO public.contents VALUES ('\x5284e81595eb46fbf6f3f39b53740244', 0, 23, '\x14cf6cbb8bd822df86f910147d9e812871e5c69e2eceb58ed7fb6dc26b25a400356238c4619e26', 2, 0);
INSERT INTO public.contents VALUES ('\x7e99c7e08af0643b0c1a8aef9a3c8834', 0, 60, '\x988d880095b6ee86b97d7b4921eecac8160908c71cf665fe193560b4c33dda55549e2094aa30306ccfbec3c68dd4be85d8dfcb4049c2ab6cd4aea5303cec1e4bac344ed1d0e3b9a705c5313c', 2, 0);
INSERT INTO public.contents VALUES ('\xa20f6e23aaedd9a71cad26f3620199d9', 0, 23, '\xc8b35cbab6e9a935adcb910c73d57ef7abdf92994e2189f7d4b5d3a46546e3fbda35739300af8e', 2, 0);
INSERT INTO public.contents VALUES ('\x6e8ae64e015b43216d53f4d7c718f9d7', 0, 60, '\x690cb793d5ba6cbfe1156eaef66a8501b8e02938ef5752315eee979c2cab8dab10b3893f1d7014a0b773100c59b318d9531b1e975c0675c825ec51dc6cdea219c8e0054e993b83c31717c5e1', 2, 0);
INSERT INTO public.contents VALUES ('\xea4a6278a45ce69ad843498d6a36af0a', 0, 23, '\x2516b9b33310ae52b56d37e82048689e42497cc40c1fa05b6d41fcfb392964fbc8d06c8e9b06a0', 2, 0);
INSERT INTO public.contents VALUES ('\x10bf9db0a0be295372c4da559ab89810', 0, 60, '\xb78c3f199b3888a20768bf5238c8044b78f71566dbe440faba5b3403403b7bd9e9781bc8cf313f2d4011a5ae439ee4ca8bbc01188de13bea3ec44eceb9ab7f7ded8bfd28ccfaaafc9ff371cd', 2, 0);
INSERT INTO public.contents VALUES ('\xd9bfc19053de9c9bf2914eb74f77187b', 0, 23, '\x599003188cfacab80b2f2094311960fe3739e3c2e0ab206ba6c68368642069a9c8ac39ef1598dd', 2, 0);
INSERT INTO public.contents VALUES ('\xd669d325c87fcd9fe7723abf534945ca', 0, 60, '\x66cafa73871be7f70f96acfd88770bf2a2a0d44169550c6c967d643926c3ffa366cbad374f147de31bb7f5ed3e3ed17fb8441e3f9c9708aebd35e102dee8c2159b6e5aed8feb2eca26ff0ce5', 2, 0);
INSERT INTO public.contents VALUES ('\x2e266965cee59a80212d8868bf4f3b62', 0, 23, '\x40ee0bfcd05b7fdb4c18bf4cc8e0f904beeacf1d404e169bb8f480c9350512395e447d12d405a8', 2, 0);
INSERT INTO public.contents VALUES ('\x65f26963425f73399cd0c103a3ddff95', 0, 61, '\x5e65335dbf9107f82cdf36e24cefd0e2028a9a8b22049689192e838bb57c2625f71356323ddfb4ac5489b94c9f128e270b7a13aaefe04167e34e127300e3d66f9da51fe190f5f2349eb2da77ed', 2, 0);
INSERT INTO public.contents VALUES ('\x6ea33d822c95b8e1c4f5cfb99d9811fa', 0, 24, '\x3cbe90f3cd907a0b77b3855388886787f98500fa7e8202601edf8bd645b86d65390ae4e93238d33b', 2, 0);
INSERT INTO public.contents VALUES ('\xcfe24f35424aec0cc052eca955be9804', 0, 61, '\x3099cba2a87487b34b07bca6f709b3ad81191f4943290e910de0aff5e7b9a31bdfa174210d68068dc2071f85282d964c529948fbb1c9ab6898758988c6dc60e0a402d32588a06fa1a495600a28', 2, 0);
INSERT INTO public.contents VALUES ('\xa81b5c4fbc6caa7866a106e8984b6193', 0, 24, '\x38425fa64cc598b3f44cc371c39993bac65613ba4450b5fd11f00e7f80d58ae37bcd288f6d623cd6', 2, 0);
INSERT INTO public.contents VALUES ('\xac544f00631438a79dbcdd71fa364b33', 1, 101, '\x483488dd4707a4295a358eed5de73a8bda8c258afc261b6cae668f0242a063b37ecfdec2a74eeb318ea1cdb41b8f217248503fc7be4282d20b20786f45059d2a8277752411a75259e280bb6ea208439d65d2753a8e2b4e55a4fa6a99bbb767699cf6a9a5d12468', 2, 0);
INSERT INTO public.contents VALUES ('\xf23de1f55bd6a87a890c45e71280d404', 1, 133, '\xd16ec718744e69ad7452bdf56d884759ee7ebcd8a2c6396a444c81957bf3bf9195bc3b15ea394f6d1d767b45d85cf582add170a6fee8fc03910f73cda514183e76b14daa1aed5d8489812f09208741fc856857dec19708473b903e35574890aa51745931a6618c6aa88722cdfabd94603b5191247835dc30b88033424ab5bfd7', 2, 0);
INSERT INTO public.contents VALUES ('\x5eac6b9f42202bcab6080552288e355e', 0, 68, '\x4bb4cdec756e1e7d048f70017fa5b7191c517fa5ef940c64d96e3c9a97e11ca6aab33827c6ebe0c3c72b49ab02b79b720a6f4f8c37997d0059892bd8d8b9c15389799306e39399b1d8d3fa696463061133ea0c17', 2, 0);
INSERT INTO public.contents VALUES ('\xc883f53451d7f82b7ee7d8d7146ce22b', 1, 102, '\xad59c9c9372a37012de899ec11d7d75dafa0cc777d1ff9f4fd91f1afe8161d2f3ffb73aeb470b07f1b5668264af26c2d4d7197328bf8e3cd41fb83810eca9a357c5ada32f0dc04576ce0810270e3f1ad1cb63fac65f7bcf76b7eee1c5b75943d16ea4f37f31e3b4dd154bb1a', 2, 0);
INSERT INTO public.contents VALUES ('\xab833182cb241132dfbaf60ecf6d316a', 0, 22, '\x044c45e215ae49de67efcdafcedb4e40ae20094a877580a68dd880f131985ed94bf80bbb74a6', 2, 0);
INSERT INTO public.contents VALUES ('\x471db20069acfec5f2fece6de9378c08', 0, 30, '\x08fbcf2404691cb4da4927c0798782b1ca5f342d82bbc356606f3397d02299f2d9dc187921ec4fa8758b13808424', 2, 0);
INSERT INTO public.contents VALUES ('\x68ee4043c6a020a273a15d2e8e474b14', 0, 40, '\x5000faf76993a2851cc3b613ab20284aa552962d8c6fba1ed3d3c72a2632279930283c1592b1212e0c36a459769e42427bf30d11cef858c7', 2, 0);
INSERT INTO public.contents VALUES ('\x8caabb7f737584dca786f86676b2f2e1', 0, 44, '\x0ba61e40edbca7b78978f74bac9a3c435ec6d9951cfb82142045462ecc38686ca436d950db1115f6b046d089a64eab7eb3ec361ebf73c5e0f8cf7714', 2, 0);
INSERT INTO public.contents VALUES ('\xf9203c0224cb57368221b194b83fff54', 1, 735, '\x79b1425d4c418d7be5bb9c26041976cbcaa579d3f42a970dde3eeb8ec2c49adc61fd9ea1c40505d0cd68f6e56a26411cbef09aca41aa91901e94bdb7dececc73c0c0bad6580449a0b60bba157db2713110608797554ff0183c3022c951d82d26cf7fdb52da667c580fd428f2e8230ea4789f3c391b8cef9849935c524c6ae5857945ea1331285ec19cf404996ac7312253ca989815e77d8bb368f18dac8cb077b84d729abf49621e572ec01fc067c1af5e0967c33ee232bd68fabf7a13504a6532d0674ca53749d45aac59a49e9637c199a64693205b0669c038f13ab380217198b142650227d26644c8ad429c46509b1bebc3ed9319dcf61b643f3df72b889c667ac1afda0f494331cf6e7ffe2b97bee8e61a499eca6f02e332190a9f3f2d818f7e58a009d3f903097e8b0e5839db181a5a44dd72d7a05a9bd6f88980613bc44c421658c71444d52b25a104c2e075d4ba1c5796f662f44041f089a0ac19846e70401eba70db703e6ec2d82d8b3837615ead26776552190275305b9797976cb38f3204d36a3e5ae7c440c78b2301df878da557656bbd947c5a658ca97c9551eb8fef35f0821967941f44e6f63d14', 2, 0);
INSERT INTO public.contents VALUES ('\x118e8e898dcb55cd9d6e88e2572f9224', 0, 97, '\xf3cac1f26e95c8f260d9f62a8f00faddca325c7655336eeb238306d360f3b1bfca83fd64c6edc62630ffee26b9f96b97c110f92e89c3b8e4fd4227f3fb559de7061f328e367cecaadb97415bc64068d1c3d558c23a7658424fc9c61735f43d4fd6b25d334710fb13a369dd61c90ddc4335', 2, 0);
INSERT INTO public.dataset_items VALUES ('d1', 'call-3', 'test', NULL);
INSERT INTO public.dataset_items VALUES ('d1', 'call-1', 'train', NULL);
INSERT INTO public.dataset_items VALUES ('d1', 'call-2', 'train', NULL);
INSERT INTO public.datasets VALUES ('d1', 't1', '2026-05-04 03:02:01.123456+00', 0, 1, '', '{}');
INSERT INTO public.entities VALUES ('\x5754f5f730e239582fa1c318752854b7', 'EMAIL_ADDRESS', 0, 20, 2, '\x0fe90ffaf30387624d10bcc517ed6dbc0ce5a7089e2b46dfed93fa1deb9e425961cff0ed');
INSERT INTO public.erasures VALUES ('e1', '2026-05-04 03:02:01.123456+00', 'ann', '["00000000000000000000000000000000"]', '{"calls": 1}', '2026-05-04 03:02:01.123456+00', '2026-05-04 03:02:01.123456+00');
INSERT INTO public.flags VALUES (1, 't1', 'shadow', 1, '2026-05-04 03:02:01.123456+00', 'ann');
INSERT INTO public.flags VALUES (2, 't1', 'canary', 0.25, '2026-05-05 03:02:01.123456+00', 'bob');
INSERT INTO public.grants VALUES ('ann', '*', 'analyst');
INSERT INTO public.mentions VALUES (1, '\x886d1c2f2a9e69b30fcd5be0612baa86', 'trace-0', '\x5754f5f730e239582fa1c318752854b7');
INSERT INTO public.meta VALUES ('epoch', '\x01');
INSERT INTO public.nodes VALUES ('\x4dbfe2d4134167299186faa8a7e4caa3', NULL, '\x9a01bb79c8d102cac70f66c5ec0c2d49', 1);
INSERT INTO public.nodes VALUES ('\xd7d7c7fb1ec2a7d8f59a4d7af77a91a3', '\x4dbfe2d4134167299186faa8a7e4caa3', '\x0482ed92ac0e281873f440956289baf8', 2);
INSERT INTO public.nodes VALUES ('\x797b90943b9cda0a35f8887cd8774063', '\x4dbfe2d4134167299186faa8a7e4caa3', '\x8d4174e86d4c9c2e9e36448944ab5c9e', 2);
INSERT INTO public.nodes VALUES ('\xd1ff299fcb9baef3ffa9d9e33997fa4d', '\x4dbfe2d4134167299186faa8a7e4caa3', '\x9003274ef68468bd0d32ecdcfe9cbee3', 2);
INSERT INTO public.nodes VALUES ('\xc45236ec776d15b10a0e6d3343d40b08', '\x4dbfe2d4134167299186faa8a7e4caa3', '\x28c6cd650e8c874ef7a8a89aa1119325', 2);
INSERT INTO public.nodes VALUES ('\xe6f27901c4995a04d1e0344c94a02579', '\x4dbfe2d4134167299186faa8a7e4caa3', '\xcac5f0c745b750dcbeb959662c890662', 2);
INSERT INTO public.nodes VALUES ('\x449fdbf7d282478df64a36b7599ba990', '\x4dbfe2d4134167299186faa8a7e4caa3', '\xbc6f8b026dfff40da10833eb62e4a4cd', 2);
INSERT INTO public.nodes VALUES ('\x63c609ed2f49a2c9beff9ea37c037dff', '\x4dbfe2d4134167299186faa8a7e4caa3', '\x7e99c7e08af0643b0c1a8aef9a3c8834', 2);
INSERT INTO public.nodes VALUES ('\x18ed203738186ca3aa4bcf16cdf0ff63', '\x4dbfe2d4134167299186faa8a7e4caa3', '\x6e8ae64e015b43216d53f4d7c718f9d7', 2);
INSERT INTO public.nodes VALUES ('\x2b56f4b586896ef3ea0ecdb11a2c322f', '\x4dbfe2d4134167299186faa8a7e4caa3', '\x10bf9db0a0be295372c4da559ab89810', 2);
INSERT INTO public.nodes VALUES ('\x90881a6f2c1c6f67dcbe6561aadfecec', '\x4dbfe2d4134167299186faa8a7e4caa3', '\xd669d325c87fcd9fe7723abf534945ca', 2);
INSERT INTO public.nodes VALUES ('\x66ac81317880aa8450bd42c85af9e835', '\x4dbfe2d4134167299186faa8a7e4caa3', '\x65f26963425f73399cd0c103a3ddff95', 2);
INSERT INTO public.nodes VALUES ('\xffc8f930dde2f3023bbe24c282773650', '\x4dbfe2d4134167299186faa8a7e4caa3', '\xcfe24f35424aec0cc052eca955be9804', 2);
INSERT INTO public.nodes VALUES ('\xddaae731a2c55ec8c7d5edee94038b47', NULL, '\xac544f00631438a79dbcdd71fa364b33', 1);
INSERT INTO public.nodes VALUES ('\x90f4236d1394fdb0efe65e0555bc34ff', '\xddaae731a2c55ec8c7d5edee94038b47', '\xf23de1f55bd6a87a890c45e71280d404', 2);
INSERT INTO public.nodes VALUES ('\x7838162cba4ba8ae8e0040a0a30179b6', '\x90f4236d1394fdb0efe65e0555bc34ff', '\x5eac6b9f42202bcab6080552288e355e', 3);
INSERT INTO public.nodes VALUES ('\xef08307553339f76fa25a5e4425251e0', NULL, '\x68ee4043c6a020a273a15d2e8e474b14', 1);
INSERT INTO public.nodes VALUES ('\xaac757c51a20c40c0716d20cac90c258', NULL, '\x118e8e898dcb55cd9d6e88e2572f9224', 1);
INSERT INTO public.observations VALUES (1, '2026-05-04 03:02:01.123456+00', 't1', 'b1', 'shadow', true, true, 0.9, 1.5, 300, 'call-1');
INSERT INTO public.observations VALUES (2, '2026-05-04 03:02:01.123456+00', 't1', 'b1', 'shadow', true, false, 0.9, 1.5, 300, 'call-1');
INSERT INTO public.outcomes VALUES (1, 'o1', 'call-1', NULL, 'feedback', false, 0.25, '2026-05-04 03:02:01.123456+00');
INSERT INTO public.outcomes VALUES (2, 'o2', NULL, 'trace-2', 'reviewer', true, NULL, NULL);
INSERT INTO public.retention VALUES ('*', 365, NULL, NULL, '2026-05-04 03:02:01.123456+00', 'ann');
INSERT INTO public.secrets VALUES (1, 'digest', '\x3290ea616caff942927c6a0dd64409d296c049b24d407a068bbf0d251ef99e3d87f662a866e9235a5078bd7b913d5dbb2c3da831de649164809f081d', 'local:6901d35ca558497c', '2026-11-29 06:51:02.708732+00');
INSERT INTO public.secrets VALUES (2, 'data', '\x3594734f64f5ed1d24f8739e9448df5db16e5881789a7672203fc5c64ebaf6865a48b7066d86e58916f22c6a3dee7b75efe04e962d0cb4caee53efad', 'local:6901d35ca558497c', '2026-11-29 06:51:02.718664+00');
INSERT INTO public.slm_instrument_version VALUES ('0004');
INSERT INTO public.tasks VALUES ('t1', 'a1', 12, '\xf9203c0224cb57368221b194b83fff54');
SELECT pg_catalog.setval('public.audit_seq_seq', 1, true);
SELECT pg_catalog.setval('public.calls_seq_seq', 15, true);
SELECT pg_catalog.setval('public.flags_seq_seq', 2, true);
SELECT pg_catalog.setval('public.mentions_seq_seq', 1, true);
SELECT pg_catalog.setval('public.observations_seq_seq', 2, true);
SELECT pg_catalog.setval('public.outcomes_seq_seq', 2, true);
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
ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT pk_tasks PRIMARY KEY (id);
ALTER TABLE ONLY public.slm_instrument_version
    ADD CONSTRAINT slm_instrument_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.calls
    ADD CONSTRAINT uq_calls_id UNIQUE (id);
ALTER TABLE ONLY public.mentions
    ADD CONSTRAINT uq_mentions_id UNIQUE (id);
ALTER TABLE ONLY public.outcomes
    ADD CONSTRAINT uq_outcomes_id UNIQUE (id);
CREATE INDEX ix_assignments_task_id ON public.assignments USING btree (task_id);
CREATE INDEX ix_bundles_task_id ON public.bundles USING btree (task_id);
CREATE INDEX ix_calls_origin ON public.calls USING btree (origin);
CREATE INDEX ix_dataset_items_call_id ON public.dataset_items USING btree (call_id);
CREATE INDEX ix_flags_task_id_seq ON public.flags USING btree (task_id, seq);
CREATE INDEX ix_mentions_entity_id ON public.mentions USING btree (entity_id);
CREATE INDEX ix_mentions_scope ON public.mentions USING btree (scope);
CREATE INDEX ix_observations_task_id_seq ON public.observations USING btree (task_id, seq);
CREATE INDEX ix_outcomes_call_id ON public.outcomes USING btree (call_id);
ALTER TABLE ONLY public.bundles
    ADD CONSTRAINT fk_bundles_dataset_id FOREIGN KEY (dataset_id) REFERENCES public.datasets(id);
ALTER TABLE ONLY public.dataset_items
    ADD CONSTRAINT fk_dataset_items_dataset_id FOREIGN KEY (dataset_id) REFERENCES public.datasets(id);
ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT fk_tasks_analysis_id FOREIGN KEY (analysis_id) REFERENCES public.analyses(id);
