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
    erased_calls integer DEFAULT 0 NOT NULL
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
INSERT INTO public.calls VALUES (1, 'call-0', 'trace-0', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:01.123456+00', '2026-11-24 18:15:54.440074+00', 100, NULL, '\xff3d4f510c7c68c7938d99c089f79aa5', NULL, NULL, '\x0a8351176b4fd97d5a884877c264ff5b', NULL, '\x8bf9b73b85e752d31c79f5b8539616c0', 40, 1, NULL, NULL, NULL, 'agent', 'e3d8e4f59842b8124ca7d60f964a0bad', 'llm');
INSERT INTO public.calls VALUES (2, 'call-1', 'trace-0', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:02.123456+00', '2026-11-24 18:15:54.440074+00', 101, NULL, '\x2d7d919539594655aed91c91cdc3ee97', NULL, NULL, '\x0b997312edef74b21de50475bf3b1701', NULL, '\x6530c3ae420f131b36c33d5f67c1a4fb', 40, 1, NULL, NULL, NULL, 'agent', '9aefb3320ff70c57c7e528ff047381d7', 'llm');
INSERT INTO public.calls VALUES (3, 'call-2', 'trace-1', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:03.123456+00', '2026-11-24 18:15:54.440074+00', 102, NULL, '\x84f3bc284ed541d4bdec1dabd7a81ef8', NULL, NULL, '\x0a8351176b4fd97d5a884877c264ff5b', NULL, '\x2747446053c88ddace781de1bd66130c', 40, 1, NULL, NULL, NULL, 'agent', '09a393ad36ce988681b936ea72a8c8dd', 'llm');
INSERT INTO public.calls VALUES (4, 'call-3', 'trace-1', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:04.123456+00', '2026-11-24 18:15:54.440074+00', 103, NULL, '\x7fbfd66e0a59bf330e0a97d5225af37f', NULL, NULL, '\x0b997312edef74b21de50475bf3b1701', NULL, '\x0acc3e1d77e48fb4b9dfccf341b7e379', 40, 1, NULL, NULL, NULL, 'agent', 'e3d8e4f59842b8124ca7d60f964a0bad', 'llm');
INSERT INTO public.calls VALUES (5, 'call-4', 'trace-2', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:05.123456+00', '2026-11-24 18:15:54.440074+00', 104, NULL, '\x14c41951a8cdd0c0afcb614f7f9a7299', NULL, NULL, '\x0a8351176b4fd97d5a884877c264ff5b', NULL, '\x1a1bbbfd874e51980c0febf814e68bc2', 40, 1, NULL, NULL, NULL, 'agent', '9aefb3320ff70c57c7e528ff047381d7', 'llm');
INSERT INTO public.calls VALUES (6, 'call-5', 'trace-2', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:06.123456+00', '2026-11-24 18:15:54.440074+00', 105, NULL, '\x5a5735e4a53471e5c8451c5a0483158b', NULL, NULL, '\x0b997312edef74b21de50475bf3b1701', NULL, '\x0b2c966b32c7384cf5266e5d99079bdf', 40, 1, NULL, NULL, NULL, 'agent', '09a393ad36ce988681b936ea72a8c8dd', 'llm');
INSERT INTO public.calls VALUES (7, 'call-6', 'trace-3', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:07.123456+00', '2026-11-24 18:15:54.440074+00', 106, NULL, '\x20101ff2b0c737a9581fac483fd47e3a', NULL, NULL, '\x0a8351176b4fd97d5a884877c264ff5b', NULL, '\xb5fe58520a6ecf553f0cebbc6265e86e', 40, 1, NULL, NULL, NULL, 'agent', 'e3d8e4f59842b8124ca7d60f964a0bad', 'llm');
INSERT INTO public.calls VALUES (8, 'call-7', 'trace-3', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:08.123456+00', '2026-11-24 18:15:54.440074+00', 107, NULL, '\x80dfe66d0502b30f5b9a712e8046d9e7', NULL, NULL, '\x0b997312edef74b21de50475bf3b1701', NULL, '\x454161114cf5cddc87d6f2d6480c70f2', 40, 1, NULL, NULL, NULL, 'agent', '9aefb3320ff70c57c7e528ff047381d7', 'llm');
INSERT INTO public.calls VALUES (9, 'call-8', 'trace-4', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:09.123456+00', '2026-11-24 18:15:54.440074+00', 108, NULL, '\x61387b267a1c3cfbb9cab6f790028ea8', NULL, NULL, '\x0a8351176b4fd97d5a884877c264ff5b', NULL, '\xea68d0ce0370887b4c4705ca46121846', 40, 1, NULL, NULL, NULL, 'agent', '09a393ad36ce988681b936ea72a8c8dd', 'llm');
INSERT INTO public.calls VALUES (10, 'call-9', 'trace-4', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:10.123456+00', '2026-11-24 18:15:54.440074+00', 109, NULL, '\xdd4cd2b2762b08382be117c19b6264c2', NULL, NULL, '\x0b997312edef74b21de50475bf3b1701', NULL, '\x811c4ffb762e95e00cdaa6c89a1fff69', 40, 1, NULL, NULL, NULL, 'agent', 'e3d8e4f59842b8124ca7d60f964a0bad', 'llm');
INSERT INTO public.calls VALUES (11, 'call-10', 'trace-5', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:11.123456+00', '2026-11-24 18:15:54.440074+00', 110, NULL, '\x3d143a82877ca17a37247fcab6c4cb70', NULL, NULL, '\x0a8351176b4fd97d5a884877c264ff5b', NULL, '\x6a2e491edc2f3658748fb773acac1ca0', 40, 1, NULL, NULL, NULL, 'agent', '9aefb3320ff70c57c7e528ff047381d7', 'llm');
INSERT INTO public.calls VALUES (12, 'call-11', 'trace-5', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:12.123456+00', '2026-11-24 18:15:54.440074+00', 111, NULL, '\xdc52a50742bf5153bfb22006e512e407', NULL, NULL, '\x0b997312edef74b21de50475bf3b1701', NULL, '\x5c1a456d93e3d6c7e41ecc29d672fa7b', 40, 1, NULL, NULL, NULL, 'agent', '09a393ad36ce988681b936ea72a8c8dd', 'llm');
INSERT INTO public.calls VALUES (13, 'full', NULL, 'call-1', 3, NULL, NULL, 'openai', NULL, 'chat', 'langchain', NULL, '2026-11-24 18:15:54.440074+00', NULL, 3.25, '\xaf70075ff2ff8cb7871f4d85977360de', '\x4cd6a4e35d2ce91d77ecd171c8805144', '\x904f051cddf60719535a8ee69eed17d6', NULL, NULL, '\xd8b2d4c2aec220d0826e978d47f39493', NULL, NULL, NULL, NULL, 0.001, 'human', NULL, 'slm:b1');
INSERT INTO public.calls VALUES (14, 'failed', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'chat', NULL, NULL, '2026-11-24 18:15:54.440074+00', NULL, NULL, '\xf4c3174ca64f908289eec0b18705fbda', NULL, NULL, NULL, '\xc2665a8da57224db2d5a798302b7d4c6', NULL, NULL, NULL, NULL, NULL, NULL, 'agent', NULL, 'llm');
INSERT INTO public.calls VALUES (15, 'private', 'trace-0', NULL, NULL, NULL, NULL, NULL, NULL, 'chat', NULL, NULL, '2026-11-24 18:15:54.485671+00', NULL, NULL, '\x7f92f352d4a50b63b0acb3842f597949', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'agent', NULL, 'llm');
INSERT INTO public.contents VALUES ('\x0eeb685305a0cb1f172d56fce3e6b5a7', 1, 138, '\xc6fc45bc5d3ee1abf15faa5e6317faff17a55239f43f9bcac17cbb7261d432df15fabc1068b504dff57800ace0e93eed33aa142852281f777f65d44d2700d2d772967c99237911b4bd3528bc49598a0994ee49afd10081246fb71197579a94dcf74062e48a266bb8546c05abeaf7a4405dc8895b0e1ae3bc48f41e0419a561edc08556', 2, 0);
INSERT INTO public.contents VALUES ('\x696f831a3757b396c08b241484c6d2af', 0, 60, '\x7884fb0f71639453b76c0ba9ea44df27f1c6af061ddd0e9bd16d03d16c99ebdaa3e36cdd3a9f92e07835fa7a73bf07b62be86ddcbaecd7bd512ccba08e5b20145d9033ed0774a3f48741c627', 2, 0);
INSERT INTO public.contents VALUES ('\x0a8351176b4fd97d5a884877c264ff5b', 0, 38, '\x68790319ecab3bc6bb081630fa972c193f4602d33b56af785bd61caf660252e5429b423f97613cb128dad2d334817a71472aa933982e', 2, 0);
INSERT INTO public.contents VALUES ('\x8bf9b73b85e752d31c79f5b8539616c0', 0, 23, '\x12b967c837b49797872b04a8987505f3fb588f94ba897c4cbe735312b213492c8f4fd5c64a0f46', 2, 0);
INSERT INTO public.contents VALUES ('\xb925371669bfaad821ebf81ff4874e1d', 0, 60, '\x7bbc27b153fbb33c36a99c64dc99cfa540a40282a07822ebfaea392797d2d113ee54c075bb5d16c5960fa6cd3d37158d4b405dfa6918dab2f91f6ea98e97e4364027a6a0de06f48e791ad4a3', 2, 0);
INSERT INTO public.contents VALUES ('\x0b997312edef74b21de50475bf3b1701', 0, 37, '\xcd30f8b833c329adeddac4caef5cd37a7a7e9cd34cab6c6114c646a80da8cec508f894a2a8d0fdffdafe69b5d69a9687e8d92cd376', 2, 0);
INSERT INTO public.contents VALUES ('\x6530c3ae420f131b36c33d5f67c1a4fb', 0, 23, '\xa1a3848d05768aecc9f7054c6f0dbf77e3d44f6da86eb29b205c5a7fc842734144c1bfeea75e1b', 2, 0);
INSERT INTO public.contents VALUES ('\x67c1285ae960fc040366d217647dd2a1', 0, 60, '\x43365bf16a3f01b46326b35ede2cc125651620c94324b6a12203773703f782853b8bbe2379ca0907010b823b7e98409f2e09b04c6989fa9ce262f23a4919af28055b0c92935c719729b5933a', 2, 0);
INSERT INTO public.contents VALUES ('\x2747446053c88ddace781de1bd66130c', 0, 23, '\xe99cb3dae523a387482801c8a25464eff2d5bc005a4f673af70e2b5d9e74dfe8635b16c81a3f83', 2, 0);
INSERT INTO public.contents VALUES ('\x59db916c901dac261162c3caf6999f8e', 0, 60, '\x7c4b665b5e6d7b7cde1edd4d97bd9f77bf5849e6b9b3b1447562a59e9cd38dd8361b3efd02e6a90114a80822c7b9e7e6b49256435066e2604fc336d18085424b819026afcd487147584efd5c', 2, 0);
INSERT INTO public.contents VALUES ('\x0acc3e1d77e48fb4b9dfccf341b7e379', 0, 23, '\x32b1b0fdb229b968a96a657724c3eb5b7a8d8235a65ba39d23665c03182fd594559ae842c53876', 2, 0);
INSERT INTO public.contents VALUES ('\xb56a67068d45f9f23905d23a4d00d81b', 0, 60, '\x43ec016289b4c57f54287323cd1291e413c7c6a8ef973d8301f6188dbd987167b16aa120775981352c82335bb46c06345ff207b33d0ea18e9f97a36181ea1b3823a502d4cc80e041faa07816', 2, 0);
INSERT INTO public.contents VALUES ('\x1a1bbbfd874e51980c0febf814e68bc2', 0, 23, '\x59141150a0c5f7b8d5813ca9d9c957f4d892e977e18ee1e513d9f0679430986ef1a68e9020e018', 2, 0);
INSERT INTO public.contents VALUES ('\xa34f5988de7dc933b82ed984988b6f96', 0, 60, '\xc3155174c1c4431c4259e5f1b3e15890a8135ed545c3ec8174b93bc48d01affee033da168a4896659b890a9b38e76f232bf71d69dbf6cebd5f63abedd5c4be6871153f65a4c11b448a53e998', 2, 0);
INSERT INTO public.contents VALUES ('\x0b2c966b32c7384cf5266e5d99079bdf', 0, 23, '\xb15236dd25f5910664c2a7f45939eed8e52a7d58510b02f6fa5983b709cb273b5fb9bcf537349a', 2, 0);
INSERT INTO public.contents VALUES ('\x0eaa0a518d771bfc1769589ee4c833c4', 0, 60, '\xbae7b06a5ec1cc45a66c238ca6312a6a656331ad49891e1faa4cb11052f1d4cb5028c702acab9286787a272807695dbc5d31f5125de5bef1fe6a0b938361f138204b051b9fa572b30a2b10dc', 2, 0);
INSERT INTO public.contents VALUES ('\xb5fe58520a6ecf553f0cebbc6265e86e', 0, 23, '\x9e1c4e1fd44424e17ecdc0cfce346d2d96703d33463ba2e1140eeef951ef6c4e47cd9650d313dd', 2, 0);
INSERT INTO public.contents VALUES ('\x04a5efa601b659766b25d1ce3bf6ff24', 0, 60, '\xfe0252d83ecc3d13f62b55fcf8d141094d75f7763781f5a15ea151ae11d7a0204a9a9e468b239fd6c6159ba458ced2737e8cca9366bd9c54f81a2a72c8f594ed9426136423143d9f3a33cd02', 2, 0);
INSERT INTO public.contents VALUES ('\x454161114cf5cddc87d6f2d6480c70f2', 0, 23, '\x3151781730893d80208ed22e002598cceedec1cee90d3e4f73318d886205a503c2e02eb8abf635', 2, 0);
INSERT INTO public.contents VALUES ('\xb17504e2da52cf61479e1d1a9643dec8', 0, 60, '\x3ab7dfe1a7f6aa3ff72f41e3f31f2cedac834d2152cfbba37f8c983848477e60a76cf7bd6cc513f2eca317fbf49a932936c15cdb32f2e9d3d96704b92675b0ccd8714979b62e723d2e1e5d1b', 2, 0);
INSERT INTO public.contents VALUES ('\xea68d0ce0370887b4c4705ca46121846', 0, 23, '\xba70bce1a96e51e76ebb588d3a05c3b50cec33ec15c818630480f315afe228e97b9f52c848c49c', 2, 0);
INSERT INTO public.contents VALUES ('\x4c45d269b546f7c824f3583a1d1dd495', 0, 60, '\x95f268d68da15015d6e228fb675c99d2b340566fb0cf3389064a813d5710d987aad3f55a6493b55eb747560aa28f5da33161d9073e62b4350a0e3559f175dd69185a55ad149aebbada57b37b', 2, 0);
INSERT INTO public.contents VALUES ('\x811c4ffb762e95e00cdaa6c89a1fff69', 0, 23, '\xce2fe2f356e3779b2e67b3f137bbc94b485c1b76e462b6626ef31d80ff754bc8984c58538f6492', 2, 0);
INSERT INTO public.contents VALUES ('\x159a2b877ab6da7c4c813b5e3fbcefc0', 0, 61, '\x8218f92b121c7af17fd963d6909b8c3b1b40ff9df4c72b2baba9d264b9e73973136d8c1174d5f14f4a8b75fceae26cc8310cc87f9c073f048fbfa11e7e549b4a259d88e26596b1addbaca7f757', 2, 0);
INSERT INTO public.contents VALUES ('\x6a2e491edc2f3658748fb773acac1ca0', 0, 24, '\xb2f909dea5cb23f79cec5327cbbeecf3c22f69f15629f81907bde5213c0fa781f55b3f045ef591e0', 2, 0);
INSERT INTO public.contents VALUES ('\xcc5f83835fdf3016efdb40b26140449e', 0, 61, '\x9f9315b5c397e1305c45910c0bf7e36f303e95eb828fedac30fab47900e2ae40f139e87445cfb3238a380c180307e110e618e6146eee40d3c3a05242ad1136cd9af01899a281bcdf2afec3406d', 2, 0);
INSERT INTO public.contents VALUES ('\x5c1a456d93e3d6c7e41ecc29d672fa7b', 0, 24, '\x4734381fc102a35f5a2ef4cc2037fd25eea4cdc52f9492df592fde4b8de681268da14fa6cee69cee', 2, 0);
INSERT INTO public.contents VALUES ('\xb7e46966ae82485284b5e4c4cea6a5e7', 1, 101, '\xcce04e968acfd59290b3b072d05e19e44240412bcdb2a087f5b0a6ef6adad8756c11febe52133d9a40a61141d0d25e6fd2dfea2e663c5b098438d5e820ec3ed5fcd9f8c379ee8c34f292d096e6e3c0f59aabb7c87ec539440041de17fcc7538a265276084da254', 2, 0);
INSERT INTO public.contents VALUES ('\x6957701178490120916ceb6193b377c1', 1, 133, '\xd394ebc5e384f58d1fd254e13292e5b7ba896313cfdea18bc2a3c2872c3489b871a8ee3e7cbafb18830e08f85057c76305ff7113ea992b7c718ea43407307aee863c18376bf6fcaee255b3dfc0aa9d5e8a068b29f648a423093c9a626cf38dff0d0e9e2ea093809cc1fd1079ca1e3478b6f449f8fd3d69f8cd5ae0a412050081', 2, 0);
INSERT INTO public.contents VALUES ('\xcc1f7b553e664a08c99bf1c12e3b721b', 0, 68, '\xf8e45b9f482af458875939c260cf7e3e51e3a2718a2ac14b9df4ab76a2bb7cee49cf130de45ab22e99f44a64013803da24d3e7707a01ebb5e0158cde9e67a82e70f28b56af49d4ba5a976bf757fbc892b2ea32bd', 2, 0);
INSERT INTO public.contents VALUES ('\x4cd6a4e35d2ce91d77ecd171c8805144', 1, 102, '\x7e023b77066331a73fee53d41fa9f861c9e75ed565fcd5c3e049bcdfb581b00524bdab58aaa0e4df7a856aeb7316bcd83dd37d3fab25d0e570c072bdd211f5fb551b385861c2c77469654e2252c72ac91c6d979770706f29e4e29a6c401120529b76f02f2ae10c313536897a', 2, 0);
INSERT INTO public.contents VALUES ('\x904f051cddf60719535a8ee69eed17d6', 0, 22, '\xa073c9be699ffd72e5ed926ab88b59dae736bb508d9fde8bccfe16b525bb8b8c92a75d9c020d', 2, 0);
INSERT INTO public.contents VALUES ('\xd8b2d4c2aec220d0826e978d47f39493', 0, 30, '\xa39fef6e7e0c91954acd06aba78de6f62615c2c79845ca4c7a19f4bfd39453911579e9f0822c74337949478df28b', 2, 0);
INSERT INTO public.contents VALUES ('\x9b1251cda932898b6722b706febc8c2d', 0, 40, '\x3dffb4b71718ad24b9911e396e3ecd935ce6e08e506c30ec9a4f674171912fd91f8fccc00d9128624bce10d6f76a174ba5f8ec0a5f9f8a7c', 2, 0);
INSERT INTO public.contents VALUES ('\xc2665a8da57224db2d5a798302b7d4c6', 0, 44, '\xe30f8fc7cecf3da2659c8546a8422b0d8fa4fa2b626f4f3c78257424c2d41aab439e7279b5e972565a187659e87acae4a602172a5dedc4be8c830a43', 2, 0);
INSERT INTO public.contents VALUES ('\x562721414fb7c3041a46c4495680910b', 1, 678, '\x3b57d484407765aac46b051df28472b2dfe17ddd38993e708c397a5895d0b73fc49d1559f009f080eeff01b1876e40513743b440bffab1edc72c568ceee0a48d97e8ac5cf6447b5c349c3463c1502f5ff73caa2249c966c915fc3b52aa12b55905f14f350592dc48d669d2ab0ffdfe12a18a3b816f7f6e874cf1a946e7c8abc32c1b932118c0eb3390688c1966db2e24cef376d7ff3c17e576bfbce9fbf5bbbe284e9ad3411eaf985dc2c464a45ac2010066082b2c2307016f05f80171c18e8a2ec6d92bda9df7119b61fe2f3426317364d5878a80e0f001227ac1d9f37c6b778751a616eb055b664b5cc6cda54acd13166f3d6ed5d5fd2ca91f2d95fab10b692b731b5381da9f684a5f67087b2bd6f1adfeb1be75df12184037075b9a9254d3ffbdd84aa423c6f635b3214e35486ac6e1dc54bd334f6f12f5e1d0ae2d1aae152cca5f9ad5579f14588013fd644fd00165448ef2732326832ea96017f2238940548f3efcb96b389250392b036bf1cd4ff53dcf07ab57281ce4604409eb68f53276fb018700b2769805efdb895ee2d59c892372', 2, 0);
INSERT INTO public.contents VALUES ('\x748f0a2755e2f89dd8dc4b84d31a598b', 0, 97, '\x73b8c47f30ebf737ebe4fb678a2322dc307e8bbbe7afc34600094f55324ea8e4a28127a487b72aff7a8688b41ab43b27490dd1848497b34e3b148e8200be971bda6efc22f154ba55475662028dccb7a2e3530d23d455c55487d2e7ba573617837bbdc6c78c3f928f517e3e87398cfebf7f', 2, 0);
INSERT INTO public.dataset_items VALUES ('d1', 'call-3', 'test', NULL);
INSERT INTO public.dataset_items VALUES ('d1', 'call-1', 'train', NULL);
INSERT INTO public.dataset_items VALUES ('d1', 'call-2', 'train', NULL);
INSERT INTO public.datasets VALUES ('d1', 't1', '2026-05-04 03:02:01.123456+00', 0);
INSERT INTO public.entities VALUES ('\xcd78fc5b036ffc3b73c88f392154b4fc', 'EMAIL_ADDRESS', 0, 20, 2, '\x5c1eb3b4942ca6fe763dd8259cdd4932aa616479e2d8cf82e533e47f664ca816ab934f35');
INSERT INTO public.erasures VALUES ('e1', '2026-05-04 03:02:01.123456+00', 'ann', '["00000000000000000000000000000000"]', '{"calls": 1}', '2026-05-04 03:02:01.123456+00', '2026-05-04 03:02:01.123456+00');
INSERT INTO public.flags VALUES (1, 't1', 'shadow', 1, '2026-05-04 03:02:01.123456+00', 'ann');
INSERT INTO public.flags VALUES (2, 't1', 'canary', 0.25, '2026-05-05 03:02:01.123456+00', 'bob');
INSERT INTO public.grants VALUES ('ann', '*', 'analyst');
INSERT INTO public.mentions VALUES (1, '\x2a0c0f2c6107b5a5087446e5a0131ae9', 'trace-0', '\xcd78fc5b036ffc3b73c88f392154b4fc');
INSERT INTO public.meta VALUES ('epoch', '\x01');
INSERT INTO public.nodes VALUES ('\x88cbcbbaee0e3d2de15e29efd1929f88', NULL, '\x0eeb685305a0cb1f172d56fce3e6b5a7', 1);
INSERT INTO public.nodes VALUES ('\xff3d4f510c7c68c7938d99c089f79aa5', '\x88cbcbbaee0e3d2de15e29efd1929f88', '\x696f831a3757b396c08b241484c6d2af', 2);
INSERT INTO public.nodes VALUES ('\x2d7d919539594655aed91c91cdc3ee97', '\x88cbcbbaee0e3d2de15e29efd1929f88', '\xb925371669bfaad821ebf81ff4874e1d', 2);
INSERT INTO public.nodes VALUES ('\x84f3bc284ed541d4bdec1dabd7a81ef8', '\x88cbcbbaee0e3d2de15e29efd1929f88', '\x67c1285ae960fc040366d217647dd2a1', 2);
INSERT INTO public.nodes VALUES ('\x7fbfd66e0a59bf330e0a97d5225af37f', '\x88cbcbbaee0e3d2de15e29efd1929f88', '\x59db916c901dac261162c3caf6999f8e', 2);
INSERT INTO public.nodes VALUES ('\x14c41951a8cdd0c0afcb614f7f9a7299', '\x88cbcbbaee0e3d2de15e29efd1929f88', '\xb56a67068d45f9f23905d23a4d00d81b', 2);
INSERT INTO public.nodes VALUES ('\x5a5735e4a53471e5c8451c5a0483158b', '\x88cbcbbaee0e3d2de15e29efd1929f88', '\xa34f5988de7dc933b82ed984988b6f96', 2);
INSERT INTO public.nodes VALUES ('\x20101ff2b0c737a9581fac483fd47e3a', '\x88cbcbbaee0e3d2de15e29efd1929f88', '\x0eaa0a518d771bfc1769589ee4c833c4', 2);
INSERT INTO public.nodes VALUES ('\x80dfe66d0502b30f5b9a712e8046d9e7', '\x88cbcbbaee0e3d2de15e29efd1929f88', '\x04a5efa601b659766b25d1ce3bf6ff24', 2);
INSERT INTO public.nodes VALUES ('\x61387b267a1c3cfbb9cab6f790028ea8', '\x88cbcbbaee0e3d2de15e29efd1929f88', '\xb17504e2da52cf61479e1d1a9643dec8', 2);
INSERT INTO public.nodes VALUES ('\xdd4cd2b2762b08382be117c19b6264c2', '\x88cbcbbaee0e3d2de15e29efd1929f88', '\x4c45d269b546f7c824f3583a1d1dd495', 2);
INSERT INTO public.nodes VALUES ('\x3d143a82877ca17a37247fcab6c4cb70', '\x88cbcbbaee0e3d2de15e29efd1929f88', '\x159a2b877ab6da7c4c813b5e3fbcefc0', 2);
INSERT INTO public.nodes VALUES ('\xdc52a50742bf5153bfb22006e512e407', '\x88cbcbbaee0e3d2de15e29efd1929f88', '\xcc5f83835fdf3016efdb40b26140449e', 2);
INSERT INTO public.nodes VALUES ('\xace83208cb4fe2bb345955f47a9e32b3', NULL, '\xb7e46966ae82485284b5e4c4cea6a5e7', 1);
INSERT INTO public.nodes VALUES ('\xdc118b23b37a1c503e9cf4a4888ec38c', '\xace83208cb4fe2bb345955f47a9e32b3', '\x6957701178490120916ceb6193b377c1', 2);
INSERT INTO public.nodes VALUES ('\xaf70075ff2ff8cb7871f4d85977360de', '\xdc118b23b37a1c503e9cf4a4888ec38c', '\xcc1f7b553e664a08c99bf1c12e3b721b', 3);
INSERT INTO public.nodes VALUES ('\xf4c3174ca64f908289eec0b18705fbda', NULL, '\x9b1251cda932898b6722b706febc8c2d', 1);
INSERT INTO public.nodes VALUES ('\x7f92f352d4a50b63b0acb3842f597949', NULL, '\x748f0a2755e2f89dd8dc4b84d31a598b', 1);
INSERT INTO public.observations VALUES (1, '2026-05-04 03:02:01.123456+00', 't1', 'b1', 'shadow', true, true, 0.9, 1.5, 300, 'call-1');
INSERT INTO public.observations VALUES (2, '2026-05-04 03:02:01.123456+00', 't1', 'b1', 'shadow', true, false, 0.9, 1.5, 300, 'call-1');
INSERT INTO public.retention VALUES ('*', 365, NULL, NULL, '2026-05-04 03:02:01.123456+00', 'ann');
INSERT INTO public.secrets VALUES (1, 'digest', '\x876ed6761993811f7c42155257989d4dba5a0e58a143509a09b76a1fa3497b7a5e86177be0a8217b375a8abdf96994e07960c9a021d05bbcd3723487', 'local:6901d35ca558497c', '2026-11-24 18:15:54.431886+00');
INSERT INTO public.secrets VALUES (2, 'data', '\xf355844bf8a57ba15979fba71d60cc9c0be306ced7cc05b82847f32b5927b225912f28921c2b499cb28a13104c6a77144dcea9f64d5505cd79b73667', 'local:6901d35ca558497c', '2026-11-24 18:15:54.43479+00');
INSERT INTO public.slm_instrument_version VALUES ('0003');
INSERT INTO public.tasks VALUES ('t1', 'a1', 12, '\x562721414fb7c3041a46c4495680910b');
SELECT pg_catalog.setval('public.audit_seq_seq', 1, true);
SELECT pg_catalog.setval('public.calls_seq_seq', 15, true);
SELECT pg_catalog.setval('public.flags_seq_seq', 2, true);
SELECT pg_catalog.setval('public.mentions_seq_seq', 1, true);
SELECT pg_catalog.setval('public.observations_seq_seq', 2, true);
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
CREATE INDEX ix_assignments_task_id ON public.assignments USING btree (task_id);
CREATE INDEX ix_bundles_task_id ON public.bundles USING btree (task_id);
CREATE INDEX ix_calls_origin ON public.calls USING btree (origin);
CREATE INDEX ix_dataset_items_call_id ON public.dataset_items USING btree (call_id);
CREATE INDEX ix_flags_task_id_seq ON public.flags USING btree (task_id, seq);
CREATE INDEX ix_mentions_entity_id ON public.mentions USING btree (entity_id);
CREATE INDEX ix_mentions_scope ON public.mentions USING btree (scope);
CREATE INDEX ix_observations_task_id_seq ON public.observations USING btree (task_id, seq);
ALTER TABLE ONLY public.bundles
    ADD CONSTRAINT fk_bundles_dataset_id FOREIGN KEY (dataset_id) REFERENCES public.datasets(id);
ALTER TABLE ONLY public.dataset_items
    ADD CONSTRAINT fk_dataset_items_dataset_id FOREIGN KEY (dataset_id) REFERENCES public.datasets(id);
ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT fk_tasks_analysis_id FOREIGN KEY (analysis_id) REFERENCES public.analyses(id);
