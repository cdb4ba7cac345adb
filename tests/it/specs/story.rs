//! A story file, parsed.

use std::collections::BTreeMap;

use anabranch::json::Value;

/// What the mock upstream answers to one request.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// `GET /path?query`
    pub(crate) request: String,
    /// `None`: it never answers.
    pub(crate) status: Option<u16>,
    /// It is held until this request has come.
    pub(crate) after: Option<String>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

/// A request to the gateway and what it must give.
#[derive(Debug, Clone, Default)]
pub(crate) struct Exchange {
    pub(crate) client: String,
    /// By `GET` instead of `POST`.
    pub(crate) by_get: bool,
    pub(crate) operation: Option<String>,
    pub(crate) query: String,
    /// The whole body, or for `GET` the parameters, in place of the query and what belongs to it.
    pub(crate) body: Option<String>,
    pub(crate) variables: Option<String>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) answer: String,
    /// Of a subscription, in place of an answer.
    pub(crate) events: Vec<String>,
    /// Status and headers of the answer.
    pub(crate) head: Option<Head>,
    pub(crate) calls: Option<Calls>,
}

#[derive(Debug, Clone)]
pub(crate) struct Head {
    pub(crate) status: u16,
    /// A header without a value must be absent.
    pub(crate) headers: Vec<(String, String)>,
}

/// The upstream calls that a request makes.
#[derive(Debug, Clone)]
pub(crate) struct Calls {
    pub(crate) lines: Vec<String>,
    /// In the order in which they came, not sorted.
    pub(crate) in_order: bool,
    /// These headers are told too.
    pub(crate) headers: Vec<String>,
}

#[derive(Debug, Default)]
pub(crate) struct Story {
    pub(crate) files: Vec<(String, String)>,
    pub(crate) answers: Vec<Answer>,
    pub(crate) exchanges: Vec<Exchange>,
}

impl Story {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        Self::of(blocks(text))
    }

    /// Leaves out blocks that have a language, but do not say what they are.
    pub(crate) fn parse_some(text: &str) -> Result<Self, String> {
        Self::of(blocks(text).into_iter().filter(|(info, _)| info.contains(' ')).collect())
    }

    fn of(blocks: Vec<(String, String)>) -> Result<Self, String> {
        let mut story = Self::default();
        let mut next = Exchange::default();
        for (info, body) in blocks {
            let mut words = info.split_whitespace();
            let (language, rest): (_, Vec<&str>) = (words.next().unwrap_or_default(), words.collect());
            let options: BTreeMap<&str, &str> = rest.iter().filter_map(|word| word.split_once('=')).collect();
            let last = story.exchanges.last_mut();
            match (language, rest.first().copied().unwrap_or_default()) {
                (_, word) if word.starts_with("file=") => story.files.push((options["file"].to_owned(), body)),
                ("http", "upstream") => story.answers.push(answer(&body)?),
                ("json", "variables") => next.variables = Some(body),
                ("json", "headers") => next.headers = headers(&body)?,
                ("graphql", "request") => {
                    next.by_get = options.get("method") == Some(&"GET");
                    next.client = (*options.get("client").unwrap_or(&"default")).to_owned();
                    next.operation = options.get("operation").map(|name| (*name).to_owned());
                    next.query = body;
                    story.exchanges.push(std::mem::take(&mut next));
                }
                ("json", "request") => {
                    next.by_get = options.get("method") == Some(&"GET");
                    next.client = (*options.get("client").unwrap_or(&"default")).to_owned();
                    next.body = Some(body);
                    story.exchanges.push(std::mem::take(&mut next));
                }
                ("json", "answer") => last.ok_or("an answer before any request")?.answer = body,
                ("json", "event") => last.ok_or("an event before any request")?.events.push(body),
                ("http", "answer") => {
                    let (status, headers) = body.split_once('\n').unwrap_or((&body, ""));
                    let status = status.trim().parse().map_err(|_| format!("`{status}` is not a status"))?;
                    last.ok_or("an answer before any request")?.head = Some(Head { status, headers: lines(headers) });
                }
                ("text", "calls") => {
                    let headers = options.get("with").map(|names| names.split(',').map(str::to_owned).collect());
                    let mut calls = Calls {
                        lines: body.lines().map(str::to_owned).filter(|line| !line.is_empty()).collect(),
                        in_order: rest.contains(&"ordered"),
                        headers: headers.unwrap_or_default(),
                    };
                    if !calls.in_order {
                        calls.lines.sort();
                    }
                    last.ok_or("calls before any request")?.calls = Some(calls);
                }
                _ => return Err(format!("a block that says nothing of itself: `{info}`")),
            }
        }
        if story.exchanges.is_empty()
            || story.exchanges.iter().any(|exchange| exchange.answer.is_empty() && exchange.events.is_empty())
        {
            return Err("a story needs requests, each with its answer".to_owned());
        }
        Ok(story)
    }
}

fn blocks(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut open: Option<(String, String)> = None;
    for line in text.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(info)) => open = Some((info.trim().to_owned(), String::new())),
            (Some(_), Some(_)) => found.extend(open.take()),
            (Some((_, body)), None) => {
                body.push_str(line);
                body.push('\n');
            }
            (None, None) => {}
        }
    }
    found
}

fn answer(text: &str) -> Result<Answer, String> {
    let mut lines = text.lines();
    let request = lines.next().unwrap_or_default().trim().to_owned();
    let status = lines.next().unwrap_or("200").trim();
    let (status, after) = match status.split_once(" after ") {
        Some((status, after)) => (status, Some(after.trim().to_owned())),
        None => (status, None),
    };
    let status = match status {
        "times out" => None,
        text => Some(text.parse().map_err(|_| format!("`{text}` is not a status"))?),
    };
    let head: Vec<&str> = lines.by_ref().take_while(|line| !line.trim().is_empty()).collect();
    let mut headers = self::lines(&head.join("\n"));
    let body = lines.collect::<Vec<_>>().join("\n");
    if !body.is_empty() && !headers.iter().any(|(name, _)| name == "content-type") {
        headers.push(("content-type".to_owned(), "application/json".to_owned()));
    }
    Ok(Answer { request, status, after, headers, body })
}

/// Headers, a line each.
fn lines(text: &str) -> Vec<(String, String)> {
    text.lines()
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_lowercase(), value.trim().to_owned()))
        .collect()
}

fn headers(text: &str) -> Result<Vec<(String, String)>, String> {
    match Value::parse(text.as_bytes()).map_err(|error| error.to_string())? {
        Value::Object(members) => Ok(members
            .iter()
            .map(|(name, value)| (name.to_string(), value.as_str().unwrap_or_default().to_owned()))
            .collect()),
        _ => Err("headers must be an object".to_owned()),
    }
}
