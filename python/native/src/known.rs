//! What is known of a stamped function from one call to the next, so that a hit need not find it out again.

use std::sync::Arc;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyCode, PyDict, PyFunction, PyString, PyTuple};

use crate::binding::Binding;
use crate::canonical::{Encoder, Keyed, Reprs, Tag, is_found_by_name, is_local};
use crate::identity::{Identity, interpreter, refuse_unkeepable};
use crate::naming::name_of;
use crate::parameters::Parameters;
use crate::plan::{Plan, plan};
use crate::reach::{Depth, Reach, Reached};
use crate::table::Table;

static SHARED: Table<(usize, Depth), Arc<Known>> = Table::of(1024);

/// What is known of a function that is called by its name, as long as it holds.
pub(crate) struct Known {
    function: Py<PyFunction>,
    plan: Arc<Plan>,
    parameters: Parameters,
    /// The function's full name.
    pub(crate) name: Arc<str>,
    /// The interpreter as it is encoded, and the function.
    interpreter: Vec<u8>,
    called: Vec<u8>,
    /// What counts, and what must be as it was for all this to hold.
    reach: Arc<Reach>,
    own: Arc<Reach>,
    depth: Depth,
}

impl Known {
    /// Finds out what can be known of a function; None for one whose name says too little, or that is none.
    pub(crate) fn of<'py>(function: &Bound<'py, PyAny>, ignored: &[String], depth: Depth) -> PyResult<Option<Self>> {
        let py = function.py();
        let Ok(function) = function.cast_exact::<PyFunction>() else {
            return Ok(None);
        };
        let name = function.getattr(intern!(py, "__qualname__"))?;
        if is_local(name.cast::<PyString>()?)? {
            // Its code, defaults and closure are in the key.
            return Ok(None);
        }
        let plan = plan(function.getattr(intern!(py, "__code__"))?.cast::<PyCode>()?)?;
        let encoded = |write: &dyn Fn(&mut Encoder<'py>) -> Keyed<()>| -> PyResult<Option<Vec<u8>>> {
            let mut encoder = Encoder::new(py, Reprs::Refused);
            Ok(write(&mut encoder).is_ok().then(|| encoder.finish().0))
        };
        let Some(called) = encoded(&|encoder| encoder.called(function))? else {
            return Ok(None);
        };
        let word = interpreter(py)?;
        let interpreter = encoded(&|encoder| {
            encoder.word(word);
            Ok(())
        })?;
        // What binds arguments is the function's own, however much of the code counts.
        let own = Reach::of(
            function.as_any(),
            if depth == Depth::Off { Depth::Shallow } else { depth },
        )?;
        Ok(Some(Self {
            parameters: Parameters::of(function, &plan, ignored)?,
            name: name_of(function.as_any()).into(),
            interpreter: interpreter.unwrap_or_default(),
            called,
            reach: Reach::of(function.as_any(), depth)?,
            own,
            depth,
            plan,
            function: function.clone().unbind(),
        }))
    }

    /// As [`Known::of`], for a function that nobody holds: what was found is found again while it holds.
    pub(crate) fn shared(function: &Bound<'_, PyAny>, depth: Depth) -> PyResult<Option<Arc<Self>>> {
        let key = (function.as_ptr() as usize, depth);
        if let Some(found) = SHARED.get(&key).filter(|found| found.holds(function.py())) {
            return Ok(Some(found));
        }
        // One that does not last with its module would be kept alive, and what is in its closure.
        if !is_found_by_name(function) {
            return Ok(None);
        }
        let Some(known) = Self::of(function, &[], depth)?.map(Arc::new) else {
            return Ok(None);
        };
        SHARED.keep(key, known.clone());
        Ok(Some(known))
    }

    /// Refuses a function that returns something that is used up by reading it.
    ///
    /// # Errors
    ///
    /// `TypeError` for a generator or coroutine function.
    pub(crate) fn refuse_unkeepable(&self, py: Python<'_>) -> PyResult<()> {
        refuse_unkeepable(&self.plan, self.function.bind(py))
    }

    /// Tells whether the function and all that it reaches are as they were.
    pub(crate) fn holds(&self, py: Python<'_>) -> bool {
        self.own.holds(py)
    }

    /// Identifies a call of the function; None if the arguments do not fit it.
    pub(crate) fn identify<'py>(
        &self,
        args: &Bound<'py, PyTuple>,
        kwargs: &Bound<'py, PyDict>,
        reprs: Reprs,
    ) -> Keyed<Option<Identity>> {
        let py = args.py();
        let Some(binding) = Binding::of(&self.plan, self.function.bind(py), args, kwargs)? else {
            return Ok(None);
        };
        let mut encoder = Encoder::new(py, reprs);
        encoder.raw(&self.interpreter);
        encoder.group(Tag::Call, |encoder| {
            encoder.raw(&self.called);
            binding.write(encoder, &self.parameters)
        })?;
        let (bytes, met) = encoder.finish();
        let reached = Reached::of(self.reach.clone(), &met, self.depth)?;
        Ok(Some(Identity { bytes, reached }))
    }
}
