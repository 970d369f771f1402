SELECT pg_catalog.set_config('search_path', '', false);
CREATE TABLE public.analyses (
    id character varying NOT NULL,
    started_at timestamp with time zone NOT NULL,
    calls integer NOT NULL,
    settings json NOT NULL
);
CREATE TABLE public.assignments (
    call_id character varying NOT NULL,
    task_id character varying
);
CREATE TABLE public.bundles (
    id character varying NOT NULL,
    task_id character varying NOT NULL,
    dataset_id character varying,
    created_at timestamp with time zone NOT NULL,
    path character varying NOT NULL,
    verdict character varying NOT NULL,
    manifest_sha256 character varying NOT NULL
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
    data bytea NOT NULL
);
CREATE TABLE public.dataset_items (
    dataset_id character varying NOT NULL,
    call_id character varying NOT NULL,
    split character varying NOT NULL
);
CREATE TABLE public.datasets (
    id character varying NOT NULL,
    task_id character varying NOT NULL,
    created_at timestamp with time zone NOT NULL
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
CREATE TABLE public.meta (
    key character varying NOT NULL,
    value bytea NOT NULL
);
COMMENT ON TABLE public.meta IS 'facts about this database: the digest key';
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
CREATE TABLE public.slm_instrument_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.tasks (
    id character varying NOT NULL,
    analysis_id character varying NOT NULL,
    name character varying NOT NULL,
    calls integer NOT NULL,
    content_id bytea NOT NULL
);
ALTER TABLE ONLY public.calls ALTER COLUMN seq SET DEFAULT nextval('public.calls_seq_seq'::regclass);
ALTER TABLE ONLY public.flags ALTER COLUMN seq SET DEFAULT nextval('public.flags_seq_seq'::regclass);
ALTER TABLE ONLY public.observations ALTER COLUMN seq SET DEFAULT nextval('public.observations_seq_seq'::regclass);
INSERT INTO public.analyses VALUES ('a1', '2026-05-04 03:02:01.123456+00', 14, '{"seed": 0}');
INSERT INTO public.assignments VALUES ('call-0', 't1');
INSERT INTO public.assignments VALUES ('call-1', 't1');
INSERT INTO public.assignments VALUES ('call-2', 't1');
INSERT INTO public.assignments VALUES ('call-3', 't1');
INSERT INTO public.assignments VALUES ('call-4', 't1');
INSERT INTO public.assignments VALUES ('call-5', 't1');
INSERT INTO public.assignments VALUES ('call-6', 't1');
INSERT INTO public.assignments VALUES ('call-7', 't1');
INSERT INTO public.assignments VALUES ('call-8', 't1');
INSERT INTO public.assignments VALUES ('call-9', 't1');
INSERT INTO public.assignments VALUES ('call-10', 't1');
INSERT INTO public.assignments VALUES ('call-11', 't1');
INSERT INTO public.assignments VALUES ('full', NULL);
INSERT INTO public.assignments VALUES ('failed', NULL);
INSERT INTO public.bundles VALUES ('b1', 't1', 'd1', '2026-05-04 03:02:01.123456+00', 'models/b1', 'CERTIFIED', '0000000000000000000000000000000000000000000000000000000000000000');
INSERT INTO public.calls VALUES (1, 'call-0', 'trace-0', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:01.123456+00', '2026-11-24 15:03:55.594399+00', 100, NULL, '\x5f1a1c0fa9cc79b43fcd3c4c0e3fbbc5', NULL, NULL, '\xea7c2655620fdd1fc203052a63582864', NULL, '\xe2f6c5a02fd6da917c3f2d81d574ef7b', 40, 1, NULL, NULL, NULL, 'agent', '6abb9107a6d017116bef35dc4003026e', 'llm');
INSERT INTO public.calls VALUES (2, 'call-1', 'trace-0', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:02.123456+00', '2026-11-24 15:03:55.594399+00', 101, NULL, '\xdf890703df188225f1eba6db29ffa75f', NULL, NULL, '\xea830dc553cfe61714d0e6865e6d9223', NULL, '\xb72e264d1e5331a380a5891747fd4429', 40, 1, NULL, NULL, NULL, 'agent', 'dc4a59ed8ae95969f1bdcee766229fbc', 'llm');
INSERT INTO public.calls VALUES (3, 'call-2', 'trace-1', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:03.123456+00', '2026-11-24 15:03:55.594399+00', 102, NULL, '\x79fc5a3e4fba41e3b258a6df18afc0ad', NULL, NULL, '\xea7c2655620fdd1fc203052a63582864', NULL, '\x147024e2ef871aa8304098049f3de57d', 40, 1, NULL, NULL, NULL, 'agent', '7f6897f36c3c984dd9e6bc9251c7e490', 'llm');
INSERT INTO public.calls VALUES (4, 'call-3', 'trace-1', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:04.123456+00', '2026-11-24 15:03:55.594399+00', 103, NULL, '\x14316a3294e67c1c5ff2649aff017c8b', NULL, NULL, '\xea830dc553cfe61714d0e6865e6d9223', NULL, '\x74b162d6e804c67209badd1434470d30', 40, 1, NULL, NULL, NULL, 'agent', '6abb9107a6d017116bef35dc4003026e', 'llm');
INSERT INTO public.calls VALUES (5, 'call-4', 'trace-2', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:05.123456+00', '2026-11-24 15:03:55.594399+00', 104, NULL, '\x7e82bd82704f5393267a648cbd773e7f', NULL, NULL, '\xea7c2655620fdd1fc203052a63582864', NULL, '\xa484e9f3d967d7f4c71ab235eba96fb4', 40, 1, NULL, NULL, NULL, 'agent', 'dc4a59ed8ae95969f1bdcee766229fbc', 'llm');
INSERT INTO public.calls VALUES (6, 'call-5', 'trace-2', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:06.123456+00', '2026-11-24 15:03:55.594399+00', 105, NULL, '\x2e3524c39dfb4fed90da779ff2abeec2', NULL, NULL, '\xea830dc553cfe61714d0e6865e6d9223', NULL, '\xa7777fbf23f50394b353da06c1eca590', 40, 1, NULL, NULL, NULL, 'agent', '7f6897f36c3c984dd9e6bc9251c7e490', 'llm');
INSERT INTO public.calls VALUES (7, 'call-6', 'trace-3', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:07.123456+00', '2026-11-24 15:03:55.594399+00', 106, NULL, '\x1197a6e64c8a98e4f0a53635f76f3367', NULL, NULL, '\xea7c2655620fdd1fc203052a63582864', NULL, '\x8904e2e649d281e12f9cf83070852b56', 40, 1, NULL, NULL, NULL, 'agent', '6abb9107a6d017116bef35dc4003026e', 'llm');
INSERT INTO public.calls VALUES (8, 'call-7', 'trace-3', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:08.123456+00', '2026-11-24 15:03:55.594399+00', 107, NULL, '\x597cf326b67a3a6c2d715d8fbcd96dd7', NULL, NULL, '\xea830dc553cfe61714d0e6865e6d9223', NULL, '\x3681c2ac47f815a2324afcab427949f5', 40, 1, NULL, NULL, NULL, 'agent', 'dc4a59ed8ae95969f1bdcee766229fbc', 'llm');
INSERT INTO public.calls VALUES (9, 'call-8', 'trace-4', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:09.123456+00', '2026-11-24 15:03:55.594399+00', 108, NULL, '\xd46038837081e20196b2e5ff35ebe4ec', NULL, NULL, '\xea7c2655620fdd1fc203052a63582864', NULL, '\xc0b4f3b70a1139cc2f37c502a20440ed', 40, 1, NULL, NULL, NULL, 'agent', '7f6897f36c3c984dd9e6bc9251c7e490', 'llm');
INSERT INTO public.calls VALUES (10, 'call-9', 'trace-4', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:10.123456+00', '2026-11-24 15:03:55.594399+00', 109, NULL, '\x58a2a1fad9b22a8291cf77c84d0097a8', NULL, NULL, '\xea830dc553cfe61714d0e6865e6d9223', NULL, '\xc035fc030f4f34a35fdbc350609fdeb0', 40, 1, NULL, NULL, NULL, 'agent', '6abb9107a6d017116bef35dc4003026e', 'llm');
INSERT INTO public.calls VALUES (11, 'call-10', 'trace-5', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:11.123456+00', '2026-11-24 15:03:55.594399+00', 110, NULL, '\xb0c08ee4cd099bb45778cebf43ca13e9', NULL, NULL, '\xea7c2655620fdd1fc203052a63582864', NULL, '\x88a378e2cb4af38a73ff59c59c7bc7d7', 40, 1, NULL, NULL, NULL, 'agent', 'dc4a59ed8ae95969f1bdcee766229fbc', 'llm');
INSERT INTO public.calls VALUES (12, 'call-11', 'trace-5', NULL, NULL, 'lighthouse', 'sorter', NULL, 'gpt-4o-mini', 'chat', NULL, '2026-05-04 03:02:12.123456+00', '2026-11-24 15:03:55.594399+00', 111, NULL, '\x35fa2000ebd075e9f7196f25d0150f6e', NULL, NULL, '\xea830dc553cfe61714d0e6865e6d9223', NULL, '\xc36b40d651df34b9b32f1ef502d09abc', 40, 1, NULL, NULL, NULL, 'agent', '7f6897f36c3c984dd9e6bc9251c7e490', 'llm');
INSERT INTO public.calls VALUES (13, 'full', NULL, 'call-1', 3, NULL, NULL, 'openai', NULL, 'chat', 'langchain', NULL, '2026-11-24 15:03:55.594399+00', NULL, 3.25, '\x2cae0c289cae01a46f8d88124dfe5344', '\x7e9d69238aeefbafbaab070bd9fcc826', '\xbbda0f483b278847f4812bbfa60495ca', NULL, NULL, '\x52ee605c6747f6d4fe820c22e6fe6554', NULL, NULL, NULL, NULL, 0.001, 'human', NULL, 'slm:b1');
INSERT INTO public.calls VALUES (14, 'failed', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'chat', NULL, NULL, '2026-11-24 15:03:55.594399+00', NULL, NULL, '\x06c658bdb6b7c7d5a7ca067bbf3434e0', NULL, NULL, NULL, '\xb5bc136a55844fc0d602fd3259c2f27b', NULL, NULL, NULL, NULL, NULL, NULL, 'agent', NULL, 'llm');
INSERT INTO public.contents VALUES ('\xeecb352a032ef58f27ad4d8178ab1caf', 1, 138, '\x28b52ffd00005503004248181890376d8892bed7c6cb7e0bb4ed1362bdd352b1a9caebcf398932902b6aacc779c3d7587271457772c7160f39e302494cfea16d4f723ee9016ce40bbfe2eb82b6961c64e3015af3bb47bead3751bd60a08edafb1e0aaa28c2570f5a471d6116220100a20d330a');
INSERT INTO public.contents VALUES ('\x1816273720ec269215cb764558816854', 0, 60, '\x7b22726f6c65223a2275736572222c22636f6e74656e74223a224c657474657220303a20746865206c616d70206973206f757420616761696e2e227d');
INSERT INTO public.contents VALUES ('\xea7c2655620fdd1fc203052a63582864', 0, 38, '\x7b22726f6c65223a22617373697374616e74222c22636f6e74656e74223a226f74686572227d');
INSERT INTO public.contents VALUES ('\xe2f6c5a02fd6da917c3f2d81d574ef7b', 0, 23, '\x7b226c6162656c73223a7b226e756d626572223a307d7d');
INSERT INTO public.contents VALUES ('\x890debe421d9f06891b937d8785fd034', 0, 60, '\x7b22726f6c65223a2275736572222c22636f6e74656e74223a224c657474657220313a20746865206c616d70206973206f757420616761696e2e227d');
INSERT INTO public.contents VALUES ('\xea830dc553cfe61714d0e6865e6d9223', 0, 37, '\x7b22726f6c65223a22617373697374616e74222c22636f6e74656e74223a226c616d70227d');
INSERT INTO public.contents VALUES ('\xb72e264d1e5331a380a5891747fd4429', 0, 23, '\x7b226c6162656c73223a7b226e756d626572223a317d7d');
INSERT INTO public.contents VALUES ('\x9ab1db534e77ad796612e7449a2f3ce6', 0, 60, '\x7b22726f6c65223a2275736572222c22636f6e74656e74223a224c657474657220323a20746865206c616d70206973206f757420616761696e2e227d');
INSERT INTO public.contents VALUES ('\x147024e2ef871aa8304098049f3de57d', 0, 23, '\x7b226c6162656c73223a7b226e756d626572223a327d7d');
INSERT INTO public.contents VALUES ('\xb3eaecb8d23de8a052b94af48cc6e615', 0, 60, '\x7b22726f6c65223a2275736572222c22636f6e74656e74223a224c657474657220333a20746865206c616d70206973206f757420616761696e2e227d');
INSERT INTO public.contents VALUES ('\x74b162d6e804c67209badd1434470d30', 0, 23, '\x7b226c6162656c73223a7b226e756d626572223a337d7d');
INSERT INTO public.contents VALUES ('\xe3721dd2d96db1c4432833f312f7a813', 0, 60, '\x7b22726f6c65223a2275736572222c22636f6e74656e74223a224c657474657220343a20746865206c616d70206973206f757420616761696e2e227d');
INSERT INTO public.contents VALUES ('\xa484e9f3d967d7f4c71ab235eba96fb4', 0, 23, '\x7b226c6162656c73223a7b226e756d626572223a347d7d');
INSERT INTO public.contents VALUES ('\x7aacba8992e0fa7072397999e601f1ab', 0, 60, '\x7b22726f6c65223a2275736572222c22636f6e74656e74223a224c657474657220353a20746865206c616d70206973206f757420616761696e2e227d');
INSERT INTO public.contents VALUES ('\xa7777fbf23f50394b353da06c1eca590', 0, 23, '\x7b226c6162656c73223a7b226e756d626572223a357d7d');
INSERT INTO public.contents VALUES ('\xd07ba3abb2cab2ab0ae1f86d662d37b5', 0, 60, '\x7b22726f6c65223a2275736572222c22636f6e74656e74223a224c657474657220363a20746865206c616d70206973206f757420616761696e2e227d');
INSERT INTO public.contents VALUES ('\x8904e2e649d281e12f9cf83070852b56', 0, 23, '\x7b226c6162656c73223a7b226e756d626572223a367d7d');
INSERT INTO public.contents VALUES ('\xface82afd962d17f68e3d74d8e1c1557', 0, 60, '\x7b22726f6c65223a2275736572222c22636f6e74656e74223a224c657474657220373a20746865206c616d70206973206f757420616761696e2e227d');
INSERT INTO public.contents VALUES ('\x3681c2ac47f815a2324afcab427949f5', 0, 23, '\x7b226c6162656c73223a7b226e756d626572223a377d7d');
INSERT INTO public.contents VALUES ('\xf203259a222178af7d50c4aaf36a3029', 0, 60, '\x7b22726f6c65223a2275736572222c22636f6e74656e74223a224c657474657220383a20746865206c616d70206973206f757420616761696e2e227d');
INSERT INTO public.contents VALUES ('\xc0b4f3b70a1139cc2f37c502a20440ed', 0, 23, '\x7b226c6162656c73223a7b226e756d626572223a387d7d');
INSERT INTO public.contents VALUES ('\xe9080ab734338fb5e99b377219bd3be3', 0, 60, '\x7b22726f6c65223a2275736572222c22636f6e74656e74223a224c657474657220393a20746865206c616d70206973206f757420616761696e2e227d');
INSERT INTO public.contents VALUES ('\xc035fc030f4f34a35fdbc350609fdeb0', 0, 23, '\x7b226c6162656c73223a7b226e756d626572223a397d7d');
INSERT INTO public.contents VALUES ('\xe5258821b8f8bbd7648b373ff7e6ebaf', 0, 61, '\x7b22726f6c65223a2275736572222c22636f6e74656e74223a224c65747465722031303a20746865206c616d70206973206f757420616761696e2e227d');
INSERT INTO public.contents VALUES ('\x88a378e2cb4af38a73ff59c59c7bc7d7', 0, 24, '\x7b226c6162656c73223a7b226e756d626572223a31307d7d');
INSERT INTO public.contents VALUES ('\xc396621380998fd08927bfdf27cee5d8', 0, 61, '\x7b22726f6c65223a2275736572222c22636f6e74656e74223a224c65747465722031313a20746865206c616d70206973206f757420616761696e2e227d');
INSERT INTO public.contents VALUES ('\xc36b40d651df34b9b32f1ef502d09abc', 0, 24, '\x7b226c6162656c73223a7b226e756d626572223a31317d7d');
INSERT INTO public.contents VALUES ('\x3c593c6d5f7144b5b6ac5eaea0aeac9b', 1, 101, '\x28b52ffd000075020032040f17a0b51903049f23728fc92afd449a19a32af3e9c0ff37042becaebed7d906a5010b811cb697343e5b156a12d05770eb413d596c2304a46f34895e01050036c378311ea8c255a6dcc17402');
INSERT INTO public.contents VALUES ('\x779927fc63187680dcf1e14518a18f88', 1, 133, '\x28b52ffd00003d03003247161980a92d063ca809fcf75ae4056a24301e6136e854053206d62a4bb0d6ab00d8c66da8edb47990a480b8cb0655442e57564e456b32211c127bb938d0f68156013b219e19a0ea5e1093b437cfa69acb9bb709a574db0715b10a03004185e2b2187c4b9901');
INSERT INTO public.contents VALUES ('\x9e1f6948ee17af9c9d983eb796627d62', 0, 68, '\x7b22726f6c65223a22746f6f6c222c22636f6e74656e74223a22666f756e64222c22746f6f6c5f63616c6c5f6964223a22696431222c226e616d65223a226c6f6f6b227d');
INSERT INTO public.contents VALUES ('\x7e9d69238aeefbafbaab070bd9fcc826', 1, 102, '\x28b52ffd00009d02008244101790b53a642d9034cdeeb3729367f63b54039b5fcdf50f4ac47bcf6b1429de98aea6c2ca323a68e8179ceb30d3d4301afd492aca2ed1ea678d021c4eeb0aacdd1005005448d02a63966a15d42a0c1726');
INSERT INTO public.contents VALUES ('\xbbda0f483b278847f4812bbfa60495ca', 0, 22, '\x7b2274797065223a226a736f6e5f6f626a656374227d');
INSERT INTO public.contents VALUES ('\x52ee605c6747f6d4fe820c22e6fe6554', 0, 30, '\x7b22706172616d73223a7b2274656d7065726174757265223a302e307d7d');
INSERT INTO public.contents VALUES ('\xb2e2e6206bfaed3e8de841d26bc1c32a', 0, 40, '\x7b22726f6c65223a2275736572222c22636f6e74656e74223a22785c7530303030e280a8c3a9227d');
INSERT INTO public.contents VALUES ('\xb5bc136a55844fc0d602fd3259c2f27b', 0, 44, '\x7b2274797065223a2254696d656f75744572726f72222c226d657373616765223a22746f6f20736c6f77227d');
INSERT INTO public.contents VALUES ('\x3de3fb68f7f0270b91fa85d8cab6e692', 1, 531, '\x28b52ffd0000dd090066163e1e70a7d5012806462b382a4b468490e55bf25f91227d00253a82f251a00a43330037003500eac41797635f9fa20059b7fd803e6b2d0dd939f4f15e0de49aeb684af1b1beef7e99eb9269d3412d239f61f331c01a19514e044695793ff8624298735d3787a6d266431a9a83bc4498b7346915c2bc23b40998c2bbfb1583264993d6ec4b354b12f8b8724e20b3af2204ab3776491f03b2b62bb9c62eae299f008085874f9160232fb29789716de9f4cfa7b092b9bc32f7d80c18d7ea53894f42e1027245310985dfd3a68f1d434cc722fb32c01fb8b69dfdef8046b2ae3e868201b9a55ab5777fca0c84a321ba18ab79f85c1726c8c817990a18005f1bd05af7ce347aa9cc57cab81a2a250a602d4a06a8c152b3c7961a591a4ba316b266636e5a8cb331c70a3abc536233c88f069eb8289c0728d3f496a5f4');
INSERT INTO public.dataset_items VALUES ('d1', 'call-3', 'test');
INSERT INTO public.dataset_items VALUES ('d1', 'call-1', 'train');
INSERT INTO public.dataset_items VALUES ('d1', 'call-2', 'train');
INSERT INTO public.datasets VALUES ('d1', 't1', '2026-05-04 03:02:01.123456+00');
INSERT INTO public.flags VALUES (1, 't1', 'shadow', 1, '2026-05-04 03:02:01.123456+00', 'ann');
INSERT INTO public.flags VALUES (2, 't1', 'canary', 0.25, '2026-05-05 03:02:01.123456+00', 'bob');
INSERT INTO public.meta VALUES ('digest_key', '\x2a178c6cdb655de57bd5646495462e9f7cebf66278ffaa8b9270ba1ad357f5e3');
INSERT INTO public.nodes VALUES ('\xd2f1cdfa85eb2da79b0def4dc2e6baac', NULL, '\xeecb352a032ef58f27ad4d8178ab1caf', 1);
INSERT INTO public.nodes VALUES ('\x5f1a1c0fa9cc79b43fcd3c4c0e3fbbc5', '\xd2f1cdfa85eb2da79b0def4dc2e6baac', '\x1816273720ec269215cb764558816854', 2);
INSERT INTO public.nodes VALUES ('\xdf890703df188225f1eba6db29ffa75f', '\xd2f1cdfa85eb2da79b0def4dc2e6baac', '\x890debe421d9f06891b937d8785fd034', 2);
INSERT INTO public.nodes VALUES ('\x79fc5a3e4fba41e3b258a6df18afc0ad', '\xd2f1cdfa85eb2da79b0def4dc2e6baac', '\x9ab1db534e77ad796612e7449a2f3ce6', 2);
INSERT INTO public.nodes VALUES ('\x14316a3294e67c1c5ff2649aff017c8b', '\xd2f1cdfa85eb2da79b0def4dc2e6baac', '\xb3eaecb8d23de8a052b94af48cc6e615', 2);
INSERT INTO public.nodes VALUES ('\x7e82bd82704f5393267a648cbd773e7f', '\xd2f1cdfa85eb2da79b0def4dc2e6baac', '\xe3721dd2d96db1c4432833f312f7a813', 2);
INSERT INTO public.nodes VALUES ('\x2e3524c39dfb4fed90da779ff2abeec2', '\xd2f1cdfa85eb2da79b0def4dc2e6baac', '\x7aacba8992e0fa7072397999e601f1ab', 2);
INSERT INTO public.nodes VALUES ('\x1197a6e64c8a98e4f0a53635f76f3367', '\xd2f1cdfa85eb2da79b0def4dc2e6baac', '\xd07ba3abb2cab2ab0ae1f86d662d37b5', 2);
INSERT INTO public.nodes VALUES ('\x597cf326b67a3a6c2d715d8fbcd96dd7', '\xd2f1cdfa85eb2da79b0def4dc2e6baac', '\xface82afd962d17f68e3d74d8e1c1557', 2);
INSERT INTO public.nodes VALUES ('\xd46038837081e20196b2e5ff35ebe4ec', '\xd2f1cdfa85eb2da79b0def4dc2e6baac', '\xf203259a222178af7d50c4aaf36a3029', 2);
INSERT INTO public.nodes VALUES ('\x58a2a1fad9b22a8291cf77c84d0097a8', '\xd2f1cdfa85eb2da79b0def4dc2e6baac', '\xe9080ab734338fb5e99b377219bd3be3', 2);
INSERT INTO public.nodes VALUES ('\xb0c08ee4cd099bb45778cebf43ca13e9', '\xd2f1cdfa85eb2da79b0def4dc2e6baac', '\xe5258821b8f8bbd7648b373ff7e6ebaf', 2);
INSERT INTO public.nodes VALUES ('\x35fa2000ebd075e9f7196f25d0150f6e', '\xd2f1cdfa85eb2da79b0def4dc2e6baac', '\xc396621380998fd08927bfdf27cee5d8', 2);
INSERT INTO public.nodes VALUES ('\xcf931624d83e1d07a3883aea9f026e30', NULL, '\x3c593c6d5f7144b5b6ac5eaea0aeac9b', 1);
INSERT INTO public.nodes VALUES ('\x7800949f7b50839c23bf6f5f9b2bd832', '\xcf931624d83e1d07a3883aea9f026e30', '\x779927fc63187680dcf1e14518a18f88', 2);
INSERT INTO public.nodes VALUES ('\x2cae0c289cae01a46f8d88124dfe5344', '\x7800949f7b50839c23bf6f5f9b2bd832', '\x9e1f6948ee17af9c9d983eb796627d62', 3);
INSERT INTO public.nodes VALUES ('\x06c658bdb6b7c7d5a7ca067bbf3434e0', NULL, '\xb2e2e6206bfaed3e8de841d26bc1c32a', 1);
INSERT INTO public.observations VALUES (1, '2026-05-04 03:02:01.123456+00', 't1', 'b1', 'shadow', true, true, 0.9, 1.5, 300, 'call-1');
INSERT INTO public.observations VALUES (2, '2026-05-04 03:02:01.123456+00', 't1', 'b1', 'shadow', true, false, 0.9, 1.5, 300, 'call-1');
INSERT INTO public.slm_instrument_version VALUES ('0001');
INSERT INTO public.tasks VALUES ('t1', 'a1', 'lighthouse letters', 12, '\x3de3fb68f7f0270b91fa85d8cab6e692');
SELECT pg_catalog.setval('public.calls_seq_seq', 14, true);
SELECT pg_catalog.setval('public.flags_seq_seq', 2, true);
SELECT pg_catalog.setval('public.observations_seq_seq', 2, true);
ALTER TABLE ONLY public.analyses
    ADD CONSTRAINT pk_analyses PRIMARY KEY (id);
ALTER TABLE ONLY public.assignments
    ADD CONSTRAINT pk_assignments PRIMARY KEY (call_id);
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
ALTER TABLE ONLY public.flags
    ADD CONSTRAINT pk_flags PRIMARY KEY (seq);
ALTER TABLE ONLY public.meta
    ADD CONSTRAINT pk_meta PRIMARY KEY (key);
ALTER TABLE ONLY public.nodes
    ADD CONSTRAINT pk_nodes PRIMARY KEY (id);
ALTER TABLE ONLY public.observations
    ADD CONSTRAINT pk_observations PRIMARY KEY (seq);
ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT pk_tasks PRIMARY KEY (id);
ALTER TABLE ONLY public.slm_instrument_version
    ADD CONSTRAINT slm_instrument_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.calls
    ADD CONSTRAINT uq_calls_id UNIQUE (id);
CREATE INDEX ix_assignments_task_id ON public.assignments USING btree (task_id);
CREATE INDEX ix_bundles_task_id ON public.bundles USING btree (task_id);
CREATE INDEX ix_dataset_items_call_id ON public.dataset_items USING btree (call_id);
CREATE INDEX ix_datasets_task_id ON public.datasets USING btree (task_id);
CREATE INDEX ix_flags_task_id_seq ON public.flags USING btree (task_id, seq);
CREATE INDEX ix_observations_task_id_seq ON public.observations USING btree (task_id, seq);
ALTER TABLE ONLY public.bundles
    ADD CONSTRAINT fk_bundles_dataset_id FOREIGN KEY (dataset_id) REFERENCES public.datasets(id);
ALTER TABLE ONLY public.dataset_items
    ADD CONSTRAINT fk_dataset_items_dataset_id FOREIGN KEY (dataset_id) REFERENCES public.datasets(id);
ALTER TABLE ONLY public.tasks
    ADD CONSTRAINT fk_tasks_analysis_id FOREIGN KEY (analysis_id) REFERENCES public.analyses(id);
