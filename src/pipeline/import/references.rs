//! [`References`]: which datasets the activities of a pipeline name, and with which arguments.

use serde_json::Value;

use super::factory::{Factory, given, text_at};

/// Which datasets the activities of a pipeline name, and with which arguments.
///
/// Data Factory's datasets have parameters, ours do not: a dataset that is named with other arguments is another one here.
#[derive(Debug)]
pub(super) struct References<'j> {
    factory: &'j Factory,
    all: Vec<Reference<'j>>,
}

/// A dataset with arguments.
#[derive(Debug)]
pub(super) struct Reference<'j> {
    /// Its name here.
    pub(super) name: String,
    /// Its name in Data Factory.
    pub(super) dataset: &'j str,
    /// The values of its parameters.
    pub(super) arguments: Option<&'j Value>,
}

impl<'j> References<'j> {
    /// Returns those of a list of activities, however deep within others.
    pub(super) fn of(activities: &'j Value, factory: &'j Factory) -> Self {
        let mut references = Self {
            factory,
            all: Vec::new(),
        };
        references.collect(activities);
        references
    }

    fn collect(&mut self, json: &'j Value) {
        match json {
            Value::Array(items) => items.iter().for_each(|item| self.collect(item)),
            Value::Object(fields) => {
                if text_at(json, "/type") == "DatasetReference" {
                    self.add(json);
                }
                fields.values().for_each(|field| self.collect(field));
            }
            _ => {}
        }
    }

    fn add(&mut self, json: &'j Value) {
        if self.find(json).is_some() {
            return;
        }
        let dataset = text_at(json, "/referenceName");
        let mut name = dataset.to_owned();
        let mut count = 1;
        while self.all.iter().any(|known| known.name == name)
            || (count > 1 && self.factory.datasets.contains_key(&name))
        {
            count += 1;
            name = format!("{dataset} {count}");
        }
        self.all.push(Reference {
            name,
            dataset,
            arguments: given(json, "/parameters"),
        });
    }

    fn find(&self, json: &Value) -> Option<&Reference<'j>> {
        let (dataset, arguments) = (text_at(json, "/referenceName"), given(json, "/parameters"));
        self.all
            .iter()
            .find(|known| known.dataset == dataset && known.arguments == arguments)
    }

    /// Returns the name that a dataset has here, as `{"referenceName": …}` names it.
    pub(super) fn name(&self, json: &Value) -> Option<&str> {
        self.find(json).map(|reference| reference.name.as_str())
    }

    /// Returns the definition of a dataset, as `{"referenceName": …}` names it; null where there is none.
    pub(super) fn definition(&self, json: &Value) -> &'j Value {
        let dataset = self.factory.datasets.get(text_at(json, "/referenceName"));
        dataset.unwrap_or(&Value::Null)
    }

    /// Returns the folder that they are of.
    pub(super) fn factory(&self) -> &'j Factory {
        self.factory
    }

    /// Returns all of them, in the order in which they are named.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Reference<'j>> {
        self.all.iter()
    }
}
